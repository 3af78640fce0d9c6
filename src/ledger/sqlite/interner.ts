/** Words that are kept to be shared; a vendor that never repeats its words must not fill the memory. */
const MOST_WORDS = 10_000;

/**
 * Gives for each word one string that is shared by all who have the word: SQLite makes a string of its own for every
 * row. A kept run takes 365 bytes with it and 600 without (docs/performance.md).
 */
export function createInterner(most: number = MOST_WORDS): (word: string) => string {
  const words = new Map<string, string>();
  return (word) => {
    const shared = words.get(word);
    if (shared !== undefined) return shared;
    if (words.size >= most) words.clear();
    words.set(word, word);
    return word;
  };
}
