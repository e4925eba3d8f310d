/** All of them; a kind or a theme more is a file more, and a line here. */
import { amounts } from './amounts.ts';
import { bounds } from './bounds.ts';
import type { Hostile } from './hostile.ts';
import { languages } from './languages.ts';
import { network } from './network.ts';
import { roles } from './roles.ts';
import { security } from './security.ts';
import { shapes } from './shapes.ts';
import { text } from './text.ts';
import { types } from './types.ts';

export const corpus: readonly Hostile[] = [
  ...types,
  ...bounds,
  ...text,
  ...languages,
  ...network,
  ...shapes,
  ...amounts,
  ...security,
  ...roles,
];
