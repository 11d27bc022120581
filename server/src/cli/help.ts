import type { Command } from "./command.ts";

export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => callOf(command).length));
  const lines = commands.map((command) => `  rondell ${callOf(command).padEnd(width)}  ${command.summary}`);
  return `Rondell: the customer-centricity loop on first-party data.\n\n${lines.join("\n")}\n
RONDELL_DATA_DIR, RONDELL_HOST and RONDELL_PORT are read by all of them. "rondell <command> --help" says more.
Exit codes: 0 done, 1 failed, 2 wrong use.\n`;
}

export function helpOf(command: Command): string {
  const options = Object.entries(command.options).map(([name, option]) => ({
    left: `--${name}${option.value ? ` ${option.value}` : ""}`,
    right: `${option.summary}${option.required ? " (needed)" : ""}`,
  }));
  const width = Math.max(0, ...options.map((option) => option.left.length));
  const lines = options.map((option) => `  ${option.left.padEnd(width)}  ${option.right}`);
  return `rondell ${callOf(command)}${options.length ? " [options]" : ""}\n\n${command.summary}\n${lines.length ? `\n${lines.join("\n")}\n` : ""}`;
}

const callOf = (command: Command) => `${command.name}${command.operands ? ` ${command.operands}` : ""}`;
