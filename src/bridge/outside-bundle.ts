import { existsSync, readFileSync, statSync } from 'node:fs'
import { createRequire as makeRequire } from 'node:module'
import { Worker, type WorkerOptions } from 'node:worker_threads'

/*
 * Files and modules that are looked up while the program runs. A bundler or a tracer that follows these calls would
 * take the whole folder into its bundle: the comments, which are theirs, and which esbuild keeps, tell it not to.
 * createRequire is imported under another name, as everywhere in src/: the usual banner of an ES module by esbuild declares
 * it once more, in the same scope.
 */

/** Imports the module of a URL. */
export function importModule(url: string): Promise<Record<string, unknown>> {
  return import(/* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ url)
}

/** What `require` gives in a module at `place`, which is a URL or a path. */
export function requireFrom(place: string, name: string): unknown {
  return makeRequire(/* turbopackIgnore: true */ place)(/* webpackIgnore: true */ /* turbopackIgnore: true */ name)
}

/** The path of a module as a module at `place` finds it; undefined where there is none. */
export function resolveFrom(place: string, name: string): string | undefined {
  try {
    return makeRequire(/* turbopackIgnore: true */ place).resolve(/* turbopackIgnore: true */ name)
  } catch {
    return undefined
  }
}

/** False for a folder of that name, too. */
export function isFile(file: string | URL): boolean {
  return existsSync(/* turbopackIgnore: true */ file) && statSync(/* turbopackIgnore: true */ file).isFile()
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(/* turbopackIgnore: true */ file, 'utf8'))
}

export function urlFrom(base: string | URL, path: string): URL {
  return new URL(/* webpackIgnore: true */ /* turbopackIgnore: true */ path, base)
}

/** Turbopack follows `new Worker(…)` whatever its comment says. */
export function newWorker(file: URL, options: WorkerOptions): Worker {
  return Reflect.construct(Worker, [file, options])
}
