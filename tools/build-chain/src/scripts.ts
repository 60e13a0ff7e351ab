/**
 * Shell function `is_running`: whether `$pid`, read from node.pid, is this folder's node. A pid file outlives a crash, and
 * its number may belong to another program by now, so the process must have been given this folder's configuration. A
 * folder that was moved meanwhile is known by the process that works in it.
 */
const IS_RUNNING = `config="$(pwd -P)/config.ini"
is_running() {
  pid=$(cat node.pid 2>/dev/null)
  case "$pid" in "" | *[!0-9]*) return 1 ;; esac
  if [ -r /proc/self/cmdline ]; then
    arguments=$({ tr '\\0' '\\n' <"/proc/$pid/cmdline"; } 2>/dev/null)
    printf '%s\\n' "$arguments" | grep -qxF -- "$config" && return
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)/config.ini" = "$config" ] &&
      printf '%s\\n' "$arguments" | grep -qxF -- --config
  else
    ps -o args= -p "$pid" 2>/dev/null | grep -qF -- "$config"
  fi
}
`;

/** POSIX scripts that operators find in every node folder. `binary` is the command that runs a node. */
export function startScript(binary: string): string {
  return `#!/bin/sh
# Starts this node in the background. It writes node.log itself; node.out has what it says before it can, or in a crash.
cd "$(dirname "$0")" || exit 1
${IS_RUNNING}
if is_running; then
  echo "already running, pid $pid"
  exit 0
fi
umask 077
export UV_THREADPOOL_SIZE="\${UV_THREADPOOL_SIZE:-64}"
export NODE_OPTIONS="--max-semi-space-size=16 \${NODE_OPTIONS:-}"
nohup ${binary} --config "$config" >node.out 2>&1 </dev/null &
echo $! >node.pid
sleep 1
if is_running; then
  echo "started, pid $pid"
else
  echo "did not start:" >&2
  tail -n 20 node.out >&2
  rm -f node.pid
  exit 1
fi
`;
}

export const STOP_SCRIPT = `#!/bin/sh
# Stops this node and waits until everything is on disk.
cd "$(dirname "$0")" || exit 1
${IS_RUNNING}
if ! is_running; then
  rm -f node.pid
  echo "not running"
  exit 0
fi
kill "$pid" 2>/dev/null
i=0
while is_running; do
  i=$((i + 1))
  [ "$i" -gt 60 ] && { echo "still running after 60 s, pid $pid" >&2; exit 1; }
  sleep 1
done
rm -f node.pid
echo "stopped"
`;

export function allScript(script: string): string {
  return `#!/bin/sh
# Runs ${script} of every node of this host.
cd "$(dirname "$0")" || exit 1
failed=0
for node in node*/; do
  printf '%s ' "$node"
  sh "\${node}${script}" || failed=1
done
exit $failed
`;
}
