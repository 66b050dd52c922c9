/** Shorter names resemble too many variables of other programs. */
const MIN_LENGTH = 6;
/** Insertions, deletions and replacements of a character. */
const MAX_EDITS = 2;

/**
 * Finds variables that the server ignores, and whose names are almost those of settings that are not set.
 * @returns one line for each, without its value
 */
export function findMisspellings(env: NodeJS.ProcessEnv, settings: readonly string[]): string[] {
  const unset = settings.filter((name) => name.length >= MIN_LENGTH && env[name] === undefined);
  return Object.keys(env)
    .filter((name) => !settings.includes(name))
    .flatMap((name) => {
      const meant = unset.find((setting) => editsBetween(name, setting) <= MAX_EDITS);
      return meant === undefined ? [] : [`${name} is not a setting; did you mean ${meant}?`];
    });
}

/** The Levenshtein distance, by the rows of its matrix. */
function editsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const character of one) {
    const previous = row;
    row = [(previous[0] ?? 0) + 1];
    for (const [column, each] of [...other].entries()) {
      const replaced = (previous[column] ?? 0) + (each === character ? 0 : 1);
      row.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (row[column] ?? 0) + 1));
    }
  }
  return row.at(-1) ?? 0;
}
