/** Root of the session's own errors. `code` is stable, `cause` is what brought it about, the message ends with the remedy. */
export class SessionError extends Error {
  static readonly code: string = 'SESSION'
  readonly code: string

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = new.target.code
    // On the instance yet not enumerable: an error prints as `Name: message`, without a stray property.
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true, writable: true })
  }
}

/** The session was asked for something its state does not allow. Mirrors SQLAlchemy's InvalidRequestError. */
export class InvalidRequestError extends SessionError {
  static override readonly code: string = 'INVALID_REQUEST'
}

/** A flush or a transaction failed; nothing goes on before `rollback()`. Mirrors SQLAlchemy's PendingRollbackError. */
export class PendingRollbackError extends InvalidRequestError {
  static override readonly code = 'PENDING_ROLLBACK'
}

/** A verb was called where the session is in the middle of another. Mirrors SQLAlchemy's IllegalStateChangeError. */
export class IllegalStateChangeError extends InvalidRequestError {
  static override readonly code = 'ILLEGAL_STATE_CHANGE'
}

/** A closed transaction handle or result was used. Mirrors SQLAlchemy's ResourceClosedError. */
export class ResourceClosedError extends InvalidRequestError {
  static override readonly code = 'RESOURCE_CLOSED'
}

/** A row was required and there is none. Mirrors SQLAlchemy's NoResultFound. */
export class NoResultFoundError extends InvalidRequestError {
  static override readonly code = 'NO_RESULT_FOUND'
  /** What `getOne` was asked for; not enumerable, so that it is not printed. */
  declare readonly key?: unknown
}

/** One row was required and there are several. Mirrors SQLAlchemy's MultipleResultsFound. */
export class MultipleResultsFoundError extends InvalidRequestError {
  static override readonly code = 'MULTIPLE_RESULTS_FOUND'
}

/** An expired attribute was read and the row is gone. Mirrors SQLAlchemy's ObjectDeletedError. */
export class ObjectDeletedError extends InvalidRequestError {
  static override readonly code = 'OBJECT_DELETED'
}

/** The object given is not an entity of a known model. Mirrors SQLAlchemy's UnmappedInstanceError. */
export class UnmappedInstanceError extends InvalidRequestError {
  static override readonly code = 'UNMAPPED_INSTANCE'
}

/** The schema has no model of that name. Mirrors SQLAlchemy's UnmappedClassError. */
export class UnmappedModelError extends InvalidRequestError {
  static override readonly code = 'UNMAPPED_MODEL'
}

/** With `autobegin: false`, a verb was called before `begin()`. */
export class TransactionNotStartedError extends InvalidRequestError {
  static override readonly code = 'TRANSACTION_NOT_STARTED'
}

/** An expired attribute was read on an asynchronous session. Mirrors SQLAlchemy's MissingGreenlet. */
export class MissingAwaitError extends InvalidRequestError {
  static override readonly code = 'MISSING_AWAIT'
}

/** The matrix says that this method does not exist in this mode. Mirrors Python's NotImplementedError. */
export class NotImplementedError extends SessionError {
  static override readonly code = 'NOT_IMPLEMENTED'
}

/** The object has no session that could load for it. Mirrors SQLAlchemy's DetachedInstanceError. */
export class DetachedInstanceError extends SessionError {
  static override readonly code = 'DETACHED_INSTANCE'
}

/** A row to write was not there, or not in the version that was read. Mirrors SQLAlchemy's StaleDataError. */
export class StaleDataError extends SessionError {
  static override readonly code = 'STALE_DATA'
}

/** A flush cannot be carried out as asked. Mirrors SQLAlchemy's FlushError. */
export class FlushError extends SessionError {
  static override readonly code = 'FLUSH'
}

/** Rows need each other and no key between them may be null. Mirrors SQLAlchemy's CircularDependencyError. */
export class CircularDependencyError extends SessionError {
  static override readonly code = 'CIRCULAR_DEPENDENCY'
}

/**
 * The transaction was committed, and a listener failed after that: the work must not be run again. `cause` is what the
 * listener threw.
 */
export class AfterCommitError extends SessionError {
  static override readonly code = 'AFTER_COMMIT'
}

/**
 * The connection was lost before the answer to COMMIT came: whether the rows are there, nobody knows before looking.
 * `cause` is the driver's error.
 */
export class CommitUnknownError extends SessionError {
  static override readonly code = 'COMMIT_UNKNOWN'
}

/** The database did not answer, and its connection was given up because the session was closed meanwhile. */
export class ConnectionTimeoutError extends SessionError {
  static override readonly code = 'CONNECTION_TIMEOUT'
}

/**
 * The function given to a callback form ran longer than its `timeout` while other calls of the session waited for it: it
 * was ended, and its work rolled back. The message names both.
 */
export class CallbackTimeoutError extends InvalidRequestError {
  static override readonly code = 'CALLBACK_TIMEOUT'
}

/** An argument is of the wrong kind. Mirrors SQLAlchemy's ArgumentError. */
export class ArgumentError extends SessionError {
  static override readonly code = 'ARGUMENT'
}

/** The client's schema cannot be read; pass `options.models`. */
export class ModelMetadataError extends SessionError {
  static override readonly code = 'MODEL_METADATA'
}

/** The bridge to a worker failed: it did not start, it ended, or a value could not cross. */
export class BridgeError extends SessionError {
  static override readonly code = 'BRIDGE'
}
