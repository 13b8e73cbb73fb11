import type { Io, Mode } from './mode.js'
import type { ModelName } from './models.js'
import type { Result, ScalarResult } from './result.js'
import type { CheckOf, OtherStatement, RowOf, StatementFor, StatementKind, ValueOf } from './statements.js'

/** The verbs that run statements. A promise in async mode, a value in sync mode. Pending work is flushed first. */
export interface StatementVerbs<C, M extends Mode> {
  /**
   * Runs a statement. An entity select gives rows of one column, the entity. Mirrors SQLAlchemy's `Session.execute`.
   *
   * @param statement `select`, `insert`, `update`, `remove`, Prisma.sql, or TypedSQL.
   * @param params Rows for an `insert` without rows.
   * @throws ArgumentError on a plain string or an empty array; Prisma's errors unchanged.
   * @example
   * ```ts
   * const { rowCount } = await session.execute(update('User', { where: { kind: 'plain' }, data: { kind: 'basic' } }))
   * ```
   */
  execute<
    K extends StatementKind,
    N extends ModelName<C> & string,
    A,
    Checked extends CheckOf<C, K, N, A>,
    S extends OtherStatement,
  >(
    statement: StatementFor<C, K, N, A, Checked, S>,
    params?: object | readonly object[],
  ): Io<M, Result<RowOf<C, K, N, A, S>, ValueOf<C, K, N, A, S>>>
  /**
   * Runs a statement and gives its first column: of an entity select, the entities. Mirrors SQLAlchemy's `Session.scalars`.
   *
   * @throws As `execute`.
   * @example
   * ```ts
   * const users = (await session.scalars(select('User'))).all()
   * ```
   */
  scalars<
    K extends StatementKind,
    N extends ModelName<C> & string,
    A,
    Checked extends CheckOf<C, K, N, A>,
    S extends OtherStatement,
  >(statement: StatementFor<C, K, N, A, Checked, S>): Io<M, ScalarResult<ValueOf<C, K, N, A, S>>>
  /**
   * Runs a statement and gives the first column of its first row, or `null`. Mirrors SQLAlchemy's `Session.scalar`.
   *
   * @throws As `execute`.
   * @example
   * ```ts
   * const name = await session.scalar(select('User', { select: { name: true }, where: { id: 1 } }))
   * ```
   */
  scalar<
    K extends StatementKind,
    N extends ModelName<C> & string,
    A,
    Checked extends CheckOf<C, K, N, A>,
    S extends OtherStatement,
  >(statement: StatementFor<C, K, N, A, Checked, S>): Io<M, ValueOf<C, K, N, A, S> | null>
}
