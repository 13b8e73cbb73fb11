/** How a stream's pages are to be. */
export interface PageOptions {
  readonly yieldPer?: number
  readonly track?: boolean
}

/** Rows to a page. */
export const defaultPage = 1000
