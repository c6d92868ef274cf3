/** Shorter ones are found in many honest passwords. */
const minLength = 3;
/** No name is longer, and it bounds the work. */
const maxLength = 320;
/** A name, an address and a user name have fewer. */
const maxWords = 12;

/** The words of a name or an address: "anna.schmidt@example.com" has anna, schmidt, example, com. */
const split = (text: string): string[] => text.split(/[^\p{L}\p{M}\p{N}]+/u);

const localPart = (text: string): string[] =>
  text.includes("@") ? [text.slice(0, text.lastIndexOf("@"))] : [];

/** "anna" and "schmidt" also make annaschmidt and schmidtanna. */
const pairs = (words: string[]): string[] =>
  words.flatMap((first) => words.filter((word) => word !== first).map((second) => first + second));

const unique = (words: string[]): string[] =>
  [...new Set(words)].filter((word) => word.length >= minLength);

/**
 * What a password must not be made of: the given texts, their parts, and pairs of those, in small
 * letters (OWASP ASVS 6.2.11).
 *
 * @param texts addresses and names, as the person or the operator writes them
 */
export function personalWords(texts: readonly string[]): string[] {
  const whole = texts
    .map((text) => text.slice(0, maxLength).normalize("NFKC").trim().toLowerCase())
    .flatMap((text) => [text, ...localPart(text)]);
  const words = unique(whole.flatMap(split)).slice(0, maxWords);
  return unique([...whole, ...words, ...pairs(words)]);
}
