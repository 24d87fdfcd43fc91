/** Where progress is written: standard error, or what stands for it in a test. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds between two updates of a line that is drawn again. */
const LIVE = 200;
/** Milliseconds between lines below each other: twice as long from one to the next, within these. */
const LINES = { least: 1_000, most: 30_000 };

/** Tells how far something is, and how long it will take. */
export interface Progress {
  /** @param part that is done, 0 to 1. @param text what goes on */
  update(part: number, text: string): void;
  /** Takes away what is drawn, for another text to stand there. */
  clear(): void;
  /** The line is finished. @param text instead of it */
  end(text: string): void;
}

/**
 * Progress with time left: on a terminal one line, elsewhere a line now and then, the rarer the longer it takes.
 * @param now milliseconds
 */
export function createProgress(output: ProgressOutput, now: () => number): Progress {
  const started = now();
  const live = output.isTTY === true;
  let last = live ? -Infinity : started;
  const show = (line: string) => output.write(live ? `\r\x1b[K${line}` : `${line}\n`);
  return {
    update: (part, text) => {
      const at = now();
      const pause = live ? LIVE : Math.min(LINES.most, Math.max(LINES.least, last - started));
      if (at - last < pause) return;
      last = at;
      show(`${`${(100 * part).toFixed(0)}%`.padStart(4)}  ${text}${timeLeft(at - started, part)}`);
    },
    clear: () => {
      if (live && last !== -Infinity) output.write("\r\x1b[K");
    },
    end: (text) => {
      show(`${text}, ${duration(now() - started)}`);
      if (live) output.write("\n");
    },
  };
}

/** Below this part nothing is said of the rest. */
const TOO_EARLY = 0.02;

function timeLeft(elapsed: number, part: number): string {
  return part < TOO_EARLY ? "" : `, ${duration((elapsed * (1 - part)) / part)} left`;
}

/** @param ms milliseconds */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
