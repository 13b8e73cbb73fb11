/** A view's bytes, in a view of the same kind and a buffer of their own: as it stands it would take all of its buffer along. */
export function ownBytes(view: NodeJS.ArrayBufferView): NodeJS.ArrayBufferView | undefined {
  if (isDetached(view.buffer)) return undefined
  const { buffer, byteOffset, byteLength } = view
  const bytes = new Uint8Array(byteLength)
  bytes.set(new Uint8Array(buffer, byteOffset, byteLength))
  // The kind by its built-in name: the class may be somebody's own.
  const name = Object.prototype.toString.call(view).slice(8, -1)
  const View = (globalThis as unknown as Record<string, ViewClass | undefined>)[name]
  return View && !Buffer.isBuffer(view) ? new View(bytes.buffer) : bytes
}

/** Structured cloning refuses a buffer that was transferred away. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0) return false
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

type ViewClass = new (buffer: ArrayBuffer) => NodeJS.ArrayBufferView
