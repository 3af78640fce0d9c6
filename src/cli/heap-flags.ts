/**
 * Flags of V8, set before anything else runs.
 *
 * By default a heap grows to several times the size of its live objects, and the young generation to 48 MB, before V8
 * collects. That suits a server under load, but not one that is nearly always idle. These flags halve the memory at the
 * price of more collections (docs/performance.md).
 */
export const HEAP_FLAGS = ['--heap-growing-percent=30', '--semi-space-growth-factor=1'];
