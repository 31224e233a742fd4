import { SingleBar } from "cli-progress";
import type { Evaluation, Report } from "@refrain/train";
import { accuracyText, duration } from "./texts.ts";

export type SampleShown = { readonly rewritten: string; readonly original: string; readonly start: string; readonly improvised: string };

type Done = { readonly steps: number; readonly seconds: number; readonly tokensPerSecond: number; readonly validation: Evaluation; readonly out: string };

/** Tells of a run: for people, or as JSON lines. */
export type Reporter = {
  begin(about: Readonly<Record<string, unknown>>, lines: readonly string[]): void;
  step(progress: number, step: number, secondsLeft: number): void;
  report(report: Report): void;
  evaluation(step: number, evaluation: Evaluation): void;
  sample(step: number, sample: SampleShown): void;
  checkpoint(step: number): void;
  stopped(step: number, resume: string): void;
  done(done: Done, lines: readonly string[]): void;
  /** Leaves the terminal as it was. */
  close(): void;
};

/** One JSON object a line, on standard output. */
export function jsonReporter(): Reporter {
  const print = (event: string, fields: object) => console.log(JSON.stringify({ event, ...fields }));
  return {
    begin: (about) => print("start", about),
    step: () => {},
    report: ({ from, to, loss, accuracy, accuracyOf, tokensPerSecond, rate, gradientNorm }) =>
      print("report", { from, to, loss, accuracy, accuracyOf, tokensPerSecond, rate, gradientNorm }),
    evaluation: (step, { loss, accuracy, accuracyOf }) => print("evaluation", { step, loss, accuracy, accuracyOf }),
    sample: (step, sample) => print("sample", { step, ...sample }),
    checkpoint: (step) => print("checkpoint", { step }),
    stopped: (step, resume) => print("stopped", { step, resume }),
    done: (done) => print("done", done),
    close: () => {},
  };
}

/** The lines that are written while it is shown must wrap; Ctrl-C does not end it, as the run goes on until it has saved itself. */
const BAR = {
  format: "{bar} {percentage} %  step {step}  {rate} tokens/s  {left} left",
  barsize: 24,
  hideCursor: true,
  clearOnComplete: true,
  linewrap: true,
  gracefulExit: false,
};

/** Lines in the lesson's manner, and on a terminal a progress bar under them. */
export function humanReporter(): Reporter {
  const bar = process.stderr.isTTY ? new SingleBar(BAR) : undefined;
  let started = false;
  let rate = "…";
  const say = (...lines: string[]) => {
    // The bar is on standard error; wipe it before a line goes out, and it draws itself anew.
    if (started) process.stderr.write("\r\x1b[K");
    for (const line of lines) console.log(line);
  };
  const close = () => {
    if (!started) return;
    started = false;
    // The bar ends by putting the cursor back to where it was saved: at the bar's beginning, by now far up the screen, unless it is saved anew.
    process.stderr.write("\x1b7");
    bar?.stop();
  };
  // The cursor comes back, however the process ends.
  if (bar) process.once("exit", close);
  return {
    begin: (_, lines) => say(...lines),
    step(progress, step, secondsLeft) {
      if (!bar) return;
      const shown = { step, rate, left: duration(secondsLeft), percentage: (100 * progress).toFixed(0) };
      if (!started) bar.start(1, 0, shown);
      started = true;
      bar.update(Math.min(progress, 1), shown);
    },
    report(r) {
      rate = Math.round(r.tokensPerSecond).toLocaleString("en");
      say(`minibatches ${r.from}–${r.to}  loss ${r.loss.toFixed(4)}  ${accuracyText(r)}  ${rate} tokens/s`);
    },
    evaluation: (step, e) => say(`validation at ${step}  loss ${e.loss.toFixed(4)}  ${accuracyText(e)}`),
    sample: (_, s) => say("", "【這句歌詞我會寫成...】", s.rewritten, `(原句) ${s.original}`, `【用「${s.start}」發想歌詞...】`, s.improvised, ""),
    checkpoint: () => {},
    stopped: (step, resume) => say("", `stopped after step ${step}; everything is saved. Go on with:`, `  ${resume}`),
    done: (_, lines) => say(...lines),
    close,
  };
}
