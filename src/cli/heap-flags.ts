/**
 * What V8 is told before anything else runs.
 *
 * V8 lets a heap grow to several times what lives in it, and the young generation to 48 MB, before it collects: right
 * for a server under load, not for one that is idle nearly always. Half the memory for some more collections
 * (docs/performance.md).
 */
export const HEAP_FLAGS = ['--heap-growing-percent=30', '--semi-space-growth-factor=1'];
