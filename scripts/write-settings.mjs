// Writes .env.example and the configuration table of the README from the settings in the code: `npm run settings`.
// test/settings.spec.ts fails when they have gone apart.
import { readFileSync } from 'node:fs';
import { byteSize, duration, settingsOf } from '../dist/config/index.js';
import { SECTIONS } from '../dist/settings.js';
import { writeWhole } from '../dist/write-whole.js';

const START = '<!-- settings: written by `npm run settings` -->';
const END = '<!-- end of settings -->';

function amount(value, units) {
  if (value === 0) return '0';
  const [unit, factor] = units.findLast(([, candidate]) => value % candidate === 0);
  return `${value / factor}${unit}`;
}

function defaultOf({ parse }, value) {
  if (parse === duration)
    return amount(value, [
      ['ms', 1],
      ['s', 1_000],
      ['m', 60_000],
      ['h', 3_600_000],
    ]);
  if (parse === byteSize)
    return amount(value, [
      ['', 1],
      ['KiB', 1024],
      ['MiB', 1024 ** 2],
      ['GiB', 1024 ** 3],
    ]);
  return typeof value === 'object' ? '' : String(value);
}

const groups = SECTIONS.map((section) => {
  const defaults = new section();
  return settingsOf(section).map((spec) => ({ ...spec, text: defaultOf(spec, defaults[spec.property]) }));
});

// What has no default stands there as a comment: for `npm start`, to set something to nothing says something.
const example = groups
  .map((group) =>
    group.map(({ variable, about, text }) => `# ${about}\n${text === '' ? '#' : ''}${variable}=${text}\n`).join(''),
  )
  .join('\n');
writeWhole(
  '.env.example',
  `# Copy to .env, or set these in the environment. Each line shows the default; what has none is commented out.\n\n${example}`,
);

const rows = groups.flat().map(({ variable, about, text }) => {
  const meaning = about.replaceAll('|', '\\|');
  return `| \`${variable}\` | ${text === '' ? '' : `\`${text}\``} | ${meaning} |`;
});
const table = [START, '', '| variable | default | meaning |', '| --- | --- | --- |', ...rows, '', END].join('\n');
const readme = readFileSync('README.md', 'utf8');
writeWhole(
  'README.md',
  readme.slice(0, readme.indexOf(START)) + table + readme.slice(readme.indexOf(END) + END.length),
);
