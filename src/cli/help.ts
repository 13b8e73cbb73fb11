/** Text under the flags of each command's --help. */
export const root = `
Defaults come from the key "prisma-session" of the nearest package.json, its paths relative to that file:
  "prisma-session": { "client": "./src/db.ts", "dir": "./prisma/scripts", "migrationsDir": "./prisma/migrations" }
The client may be a package as well: "@acme/db", or "@acme/db#name" for an export of that name.

Variables in .env are set unless they are set already, as with "import 'dotenv/config'" in prisma.config.ts.
DOTENV_CONFIG_PATH names another file.

Exit codes:
  0    done
  1    a script or the database failed
  2    the command was called wrongly
  3    migrate status: scripts wait to be run, or one is running
  4    files and database disagree, and somebody has to decide
  5    another runner is at work
  130  interrupted

Examples:
  $ prisma-session migrate create "split names"
  $ prisma-session migrate up --dry-run
  $ prisma-session migrate up
  $ prisma-session run --client ./src/db.ts scripts/merge-users.ts
  $ prisma-session help migrate up`

export const migrate = `
A script is a module of the folder, TypeScript or JavaScript, named 20261127090000_split_names or R__seed. It exports
  up(session, context)    what it does
  down(session, context)  what undoes it, if anything can
  transaction             'script' (default): the script and its row in the ledger are one transaction
                          'batch': each page of context.batch() is committed, with the place in the ledger
                          'none': the script begins its own transactions
  mode                    'async' (default), or 'sync' for a session without await
  requires                names of Prisma's migrations that must be applied
The context has
  batch(model, { where, include, size, name })
                                          a model's rows by pages, in the order of the key:
                                          for await (const users of batch('User')) …
                                          an interrupted script goes on after the last page that was committed,
                                          and does again what stands outside of its pages
  log(…), progress(processed, total)      told on the terminal
  signal, name, args, isDryRun
Scripts named R__… run again whenever their text changes, after all others: for seeds and views.
The ledger is the table _prisma_session_migrations. SQLite and MariaDB have a table _prisma_session_lock as well. Name both
under tables.external in prisma.config.ts, so that prisma migrate dev leaves them alone.`

export const create = `
The script is TypeScript where the project has a tsconfig.json, else JavaScript of the kind that its package.json names:
ES modules with "type": "module", CommonJS without.`

export const status = `
A script that another runner is executing is shown as running, with its process, host and start time.
Exit code 0: everything is done. 3: scripts wait, or one is running. 4: something is wrong, and the message says the way out.`

export const up = `
Each script is one transaction together with its row in the ledger, unless it says otherwise. Ctrl-C ends it after the page
that it is at (exit code 130), a second one at once; the same command goes on from there. A closed pipe (migrate up | head)
does not stop it.

Examples:
  $ prisma-session migrate up --dry-run       what it would send, rolled back
  $ prisma-session migrate up --step 1        the next one only
  $ prisma-session migrate up --to 20261127090000_split_names
  $ prisma-session migrate up --batch-size 200
  $ prisma-session migrate up --json          for a program: an object a line, the summary last`

export const down = `
Runs the down() of scripts, each in one transaction with the removal of its row from the ledger. Lists the scripts and asks
first. A script that was stopped after pages were committed is finished with migrate up first, or taken out of the ledger
with migrate repair.

Examples:
  $ prisma-session migrate down               the last one
  $ prisma-session migrate down --step 2 --yes
  $ prisma-session migrate down --to 0        all of them`

export const redo = `
Runs the down() of one script, then its up(), in two transactions. If up() fails, the script stays undone:
prisma-session migrate up --to <script> runs it.

Examples:
  $ prisma-session migrate redo                  the last one
  $ prisma-session migrate redo 20261127090000_split_names --yes
  $ prisma-session migrate redo --dry-run        what both would send, rolled back
  $ prisma-session migrate redo --allow-changed  its text has changed since it ran`

export const baseline = `
For a database whose data already is as the scripts leave it.

Examples:
  $ prisma-session migrate baseline --to 20261127090000_split_names`

export const repair = `
What it does is shown and asked for first:
  a script that has changed since it ran   its text is taken as it is now
  a file that was renamed                  the ledger's row takes the new name
  a file that is gone                      the row is removed
  a script that failed or was interrupted  the row is removed, and it runs from its beginning next time

Examples:
  $ prisma-session migrate repair 20261127090000_split_names`

export const unlock = `
Not needed after a crash: PostgreSQL's lock ends with its connection, and elsewhere a lock is free when the process of its
holder is gone, or when its heartbeat has not been seen for ten seconds. The runner that it is taken from stops, and rolls
back what it has not committed.`

export const run = `
The script has the form of a migration, and is not noted in the ledger. Put the command's own flags before the script.

Examples:
  $ prisma-session run scripts/merge-users.ts 17 23
  $ prisma-session run --dry-run scripts/merge-users.ts 17 23`

export const sqlUp = `
For places where Prisma's schema engine cannot be downloaded. Order, checksums and the rows in _prisma_migrations are
Prisma's own, so that prisma migrate goes on from there. Each file is sent whole, in one transaction with its row where the
database allows it. A failed migration, an edited file, and a database with tables and no history are refused, as Prisma
refuses them.

Examples:
  $ prisma-session sql up
  $ prisma-session sql up --dry-run`
