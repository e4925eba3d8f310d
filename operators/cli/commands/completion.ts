/** `completion`: what a shell needs to complete words. */
import { exit, type LocalCommand } from '../command.ts';
import { completing } from '../parse.ts';

const ask = ['kubectl-stateward', ...completing].join(' ');

/** Bash splits words at colons, which the names of steps have: it is given only what follows the last one. */
const bash = `_kubectl_stateward() {
  local line=\${COMP_LINE:0:COMP_POINT} current
  local -a words found
  read -ra words <<<"$line"
  [[ $line == *' ' ]] && words+=('')
  current=\${words[-1]}
  mapfile -t found < <(${ask} "\${words[@]:1}" 2>/dev/null)
  [[ \${found[-1]} == :0 ]] && compopt -o default
  unset 'found[-1]'
  COMPREPLY=("\${found[@]#"\${current%"\${current##*:}"}"}")
}
complete -F _kubectl_stateward kubectl-stateward
`;

const zsh = `#compdef kubectl-stateward
_kubectl_stateward() {
  local -a found
  found=("\${(@f)$(${ask} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ \${found[-1]} == :0 ]]; then _files; else compadd -- "\${(@)found[1,-2]}"; fi
}
compdef _kubectl_stateward kubectl-stateward
`;

const fish = `function __kubectl_stateward
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l found (${ask} $words[2..-1] "$current" 2>/dev/null)
  test "$found[-1]" = :0; and __fish_complete_path "$current"
  string match -v ':*' -- $found
end
complete -c kubectl-stateward -f -a '(__kubectl_stateward)'
`;

/** What kubectl looks for on the PATH, as `kubectl_complete-stateward`. */
const kubectl = `#!/bin/sh
exec ${ask} "$@"
`;

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish, kubectl };

export const completion: LocalCommand = {
  name: 'completion',
  usage: Object.keys(scripts).join('|'),
  summary: 'Write the script that completes verbs, services, plans, steps and members in a shell',
  details: [
    'For the shell that runs: `source <(kubectl-stateward completion bash)`, the same with `zsh`, and `kubectl-stateward completion fish | source`.',
    '',
    'These complete `kubectl-stateward`. kubectl completes `kubectl stateward` itself if an executable file `kubectl_complete-stateward` is on the PATH: `kubectl-stateward completion kubectl` writes it.',
  ].join('\n'),
  runLocal: (out, { positionals: [shell = ''] }) => {
    const script = scripts[shell];
    if (script === undefined)
      out.error(`there is no script for ${shell}; there are: ${Object.keys(scripts).join(', ')}`);
    else out.line(script.trimEnd());
    return script === undefined ? exit.usage : exit.ok;
  },
};
