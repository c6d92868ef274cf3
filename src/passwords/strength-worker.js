/**
 * Runs in a worker thread of its own, which is started by the first password that is set: the
 * dictionaries take half a second to load and 90 MB to hold.
 */
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import * as common from "@zxcvbn-ts/language-common";
import * as english from "@zxcvbn-ts/language-en";
import { isWanted } from "./is-wanted.js";

/**
 * A password that is found in fewer guesses is refused. Eight random characters take 10^8 by this
 * estimate. Refused are the 50,000 commonest passwords with their usual disguises (Password123!,
 * P@ssw0rd), rows of keys, repetitions, dates, and a word with a year and a mark behind it
 * (Summer2024!, 10^7), the person's own name being the first of words. NIST SP 800-63B-4 section
 * 3.1.1.2 and OWASP ASVS 6.2.4, 6.2.11, 6.2.12 ask for a list; an estimate also finds what stands
 * on none by a single character.
 */
const enoughGuesses = 2e7;

const zxcvbn = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
  translations: {
    ...english.translations,
    warnings: {
      ...english.translations.warnings,
      userInputs: "This is too close to your name, your address or the name of this service.",
    },
  },
  // SECURITY: the default, 100, lets a password of 40 characters take 700 ms instead of 80.
  l33tMaxSubstitutions: 10,
});

/**
 * @param {object} job
 * @param {string} job.password
 * @param {Int32Array} [job.turn]
 * @param {string[]} job.words that the person, or who knows them, thinks of first
 * @returns {string | undefined} in words for a person why it is refused; holds nothing of it
 */
export function weakness({ password, words, turn }) {
  if (!isWanted(turn)) return undefined;
  const { guesses, feedback } = zxcvbn.check(password, words);
  if (guesses >= enoughGuesses) return undefined;
  return `${feedback.warning ?? "This is easy to guess."} A few unrelated words are better.`;
}
