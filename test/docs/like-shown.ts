/** Output without what differs from run to run, and with statements cut as the pages cut them. */
export function likeShown(text: string): string {
  return text
    .replace(/, (\d+ (h|min|s) )+left$/gm, '') // which a slow machine shows
    .replace(/\b[\d.]+ (ms|s)\b/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
    .replace(/: (SELECT COUNT\(\*\)|SELECT|UPDATE) .*$/gm, ': $1 …')
    .replace(/ +$/gm, '')
    .replace(/(\S) {2,}/g, '$1  ')
}
