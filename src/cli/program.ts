import { createRequire as makeRequire } from 'node:module'
import { Command, CommanderError, Option, type OutputConfiguration } from 'commander'
import { asFailure, type Failure } from '../migrate/failure.js'
import { baseline } from './commands/baseline.js'
import { create } from './commands/create.js'
import { repair } from './commands/repair.js'
import { run } from './commands/run.js'
import { type RunFlags, runMigrations } from './commands/run-migrations.js'
import { sqlUp } from './commands/sql-up.js'
import { status } from './commands/status.js'
import { unlock } from './commands/unlock.js'
import { readEnvFile } from './env-file.js'
import * as help from './help.js'
import { options } from './options.js'
import { type Reporter, reporterFor } from './report/reporter.js'
import { type Flags, type Host, Settings } from './settings.js'

/** The command `prisma-session`: what it takes, and who does it. Gives the exit code. */
export async function runCommand(args: readonly string[], host: Host): Promise<number> {
  let code = 0
  try {
    await program(host, (failure) => {
      code = failure.exitCode
    }).parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : 2 // it has said why
  }
}

function program(host: Host, end: (failure: Failure) => void): Command {
  const doing = (work: Act) => doer(work, host, end)
  const root = command(
    new Command('prisma-session').configureOutput(outputOf(host)),
    'Data migrations and one-off scripts, run through a session over your PrismaClient.',
  )
  root.version(version, '-v, --version', 'show the version').enablePositionalOptions().addHelpText('after', help.root)
  addMigrate(root, doing)
  act(root, 'run <script> [args...]', 'Run one script through a session; what follows it is in context.args.')
    .addOption(options.client())
    .addOption(options.dryRun())
    .addOption(options.batchSize())
    .passThroughOptions()
    .addHelpText('after', help.run)
    .action(
      doing((settings, reporter, flags: Parameters<typeof run>[2], script: string, args: string[]) =>
        run(script, args, flags, settings, reporter),
      ),
    )
  addSql(root, doing)
  addHelp(root)
  return root
}

function addMigrate(root: Command, doing: Doing): void {
  const migrate = command(
    root.command('migrate'),
    'Scripts that move data: each runs once, in the order of their names.',
  )
  migrate.addHelpText('after', help.migrate)
  act(migrate, 'create <name>', 'Make a new script that comes after all others; "R__name" makes a repeatable one.')
    .addOption(options.client())
    .addOption(options.dir())
    .addHelpText('after', help.create)
    .action(doing((settings, reporter, _, name: string) => create(name, settings, reporter)))
  act(migrate, 'status', 'Show what has run, what waits, what runs now, and what is wrong.')
    .addOption(options.client())
    .addOption(options.dir())
    .addHelpText('after', help.status)
    .action(doing((settings, reporter) => status(settings, reporter)))
  running(migrate, 'up', 'Run the scripts that wait.')
    .addOption(options.to('the last script to run').conflicts('step'))
    .addOption(options.step('how many scripts to run'))
    .addOption(options.dryRun().conflicts('wait'))
    .option('--allow-out-of-order', 'run scripts though later ones are done')
    .addOption(options.yes().hideHelp()) // it asks nothing
    .addHelpText('after', help.up)
    .action(doing((settings, reporter, flags: RunFlags) => runMigrations('up', flags, settings, reporter)))
  running(migrate, 'down', 'Undo scripts, the last one first; one, unless told otherwise.')
    .addOption(options.to('the last script to undo; 0 for all').conflicts('step'))
    .addOption(options.step('how many scripts to undo'))
    .addOption(options.dryRun().conflicts(['yes', 'wait']))
    .addOption(new Option('--allow-out-of-order').hideHelp())
    .addOption(options.yes())
    .addHelpText('after', help.down)
    .action(doing((settings, reporter, flags: RunFlags) => runMigrations('down', flags, settings, reporter)))
  running(migrate, 'redo [script]', 'Undo a script and run it again; the last one, unless told otherwise.')
    .addOption(options.dryRun().conflicts(['yes', 'wait']))
    .addOption(options.yes())
    .addHelpText('after', help.redo)
    .action(
      doing((settings, reporter, flags: RunFlags, script?: string) =>
        runMigrations('redo', { ...flags, to: script }, settings, reporter),
      ),
    )
  act(migrate, 'baseline', 'Note scripts as done without running them.')
    .addOption(options.client())
    .addOption(options.dir())
    .addOption(options.to('the last script to note'))
    .addOption(options.yes())
    .addHelpText('after', help.baseline)
    .action(doing((settings, reporter, flags: { to?: string }) => baseline(flags, settings, reporter)))
  act(migrate, 'repair [scripts...]', 'Make the ledger agree with the files: of these scripts, or of all.')
    .addOption(options.client())
    .addOption(options.dir())
    .addOption(options.yes())
    .addHelpText('after', help.repair)
    .action(doing((settings, reporter, flags: object, scripts: string[]) => repair(scripts, flags, settings, reporter)))
  act(migrate, 'unlock', 'Take the lock from a runner that lives and is not wanted.')
    .addOption(options.client())
    .addOption(options.yes())
    .addHelpText('after', help.unlock)
    .action(doing((settings, reporter, flags: object) => unlock(flags, settings, reporter)))
  addHelp(migrate)
}

/** A command that runs scripts of the folder. */
function running(migrate: Command, name: string, description: string): Command {
  return act(migrate, name, description)
    .addOption(options.client())
    .addOption(options.dir())
    .addOption(options.batchSize())
    .addOption(options.allowChanged())
    .addOption(options.wait())
}

function addSql(root: Command, doing: Doing): void {
  const sql = command(root.command('sql'), "Prisma's own SQL migrations, without its schema engine.")
  act(sql, 'up', 'Apply prisma/migrations/*/migration.sql as prisma migrate deploy does.')
    .addOption(options.client())
    .addOption(options.dir("the folder of Prisma's migrations (default: prisma/migrations)"))
    .addOption(options.to('the last migration to apply').conflicts('step'))
    .addOption(options.step('how many migrations to apply'))
    .addOption(options.dryRun('say what would be applied, and send nothing'))
    .addOption(options.wait())
    .addHelpText('after', help.sqlUp)
    .action(doing((settings, reporter, flags: Parameters<typeof sqlUp>[0]) => sqlUp(flags, settings, reporter)))
  addHelp(sql)
}

/** `help`, `help migrate` and `help migrate up`; Commander's own goes one word deep. */
function addHelp(group: Command): void {
  command(group.command('help [command...]'), 'Show the help of a command.').action((names: string[]) => {
    let found = group
    for (const name of names) {
      const next = found.commands.find((each) => each.name() === name)
      found = next ?? found.error(`error: unknown command '${name}'`)
    }
    found.help()
  })
}

function command(made: Command, description: string): Command {
  return made
    .description(description)
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .helpOption('-h, --help', 'show this')
    .helpCommand(false)
}

/** A command that does something. */
function act(parent: Command, name: string, description: string): Command {
  return command(parent.command(name), description).addOption(options.json())
}

type Act = (settings: Settings, reporter: Reporter, flags: never, ...given: never[]) => Promise<void>
type Doing = (work: Act) => (...given: unknown[]) => Promise<void>

/** Commander gives the arguments first, then the flags, then the command. */
function doer(work: Act, host: Host, end: (failure: Failure) => void): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    const flags = given.at(-2) as Flags & { json?: boolean }
    const reporter = reporterFor(flags, host)
    try {
      const settings = new Settings(flags, host)
      readEnvFile(settings)
      await work(settings, reporter, flags as never, ...(given.slice(0, -2) as never[]))
    } catch (error) {
      const failure = asFailure(error)
      reporter.failure(failure)
      end(failure)
    }
  }
}

function outputOf({ stdout, stderr }: Host): OutputConfiguration {
  return { writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) }
}

const { version } = makeRequire(import.meta.url)('prisma-session-proxy/package.json') as { version: string }
