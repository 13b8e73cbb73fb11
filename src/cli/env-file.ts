import { join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { isFile } from '../bridge/outside-bundle.js'
import { textOf } from '../migrate/error-text.js'
import { Failure } from '../migrate/failure.js'
import { readText } from '../migrate/text-file.js'
import type { Settings } from './settings.js'

/**
 * Sets the variables of `.env` that are not set yet, as `import 'dotenv/config'` in prisma.config.ts does for Prisma's
 * command. Reads the file in the working directory, else the one beside package.json; DOTENV_CONFIG_PATH names another.
 */
export function readEnvFile({ host, root }: Settings): void {
  const { env } = host
  const named = env.DOTENV_CONFIG_PATH
  const usual = [join(host.cwd(), '.env'), join(root, '.env')] // may be a folder: Python's virtual environments have that name
  const file = named ? resolve(host.cwd(), named) : usual.find(isFile)
  if (file === undefined) return
  for (const [name, value] of Object.entries(read(file))) env[name] ??= value
}

function read(file: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readText(file))
  } catch (cause) {
    throw new Failure(
      'USAGE',
      `Cannot read ${file}: ${textOf(cause)}. Check DOTENV_CONFIG_PATH and the permissions of the file`,
      {
        cause,
      },
    )
  }
}
