/** The findings as text: one line each, what to do below it. */
import type { Finding } from './finding.ts';

const words = { Pass: 'PASS', Fail: 'FAIL', Unknown: 'UNKNOWN' } as const;

/** The longest of the words, and of the concerns. */
const [wordWidth, concernWidth] = [7, 9];
const indent = ' '.repeat(wordWidth + concernWidth + 2);

export function reportLines(findings: readonly Finding[]): string[] {
  return findings.flatMap((finding) => {
    const line = `${words[finding.verdict].padEnd(wordWidth)} ${finding.concern.padEnd(concernWidth)} ${oneLine(finding.finding)}`;
    if (finding.verdict !== 'Fail') return [line];
    const details = (finding.details ?? []).map((detail) => `${indent}${oneLine(detail)}`);
    return [line, ...details, `${indent}fix: ${oneLine(finding.fix)}`];
  });
}

/** Messages of schedulers and containers have several. */
function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' | ');
}

export function summaryLine(findings: readonly Finding[]): string {
  const failed = findings.filter(({ verdict }) => verdict === 'Fail').length;
  const open = findings.filter(({ verdict }) => verdict === 'Unknown').length;
  if (failed > 0) return `${failed} of ${findings.length} findings FAIL`;
  return open > 0 ? `nothing FAILs; ${open} of ${findings.length} findings are UNKNOWN` : 'all is as it should be';
}
