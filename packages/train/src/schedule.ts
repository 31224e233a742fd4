/** Where training stands before an update. */
export type ScheduleAt = {
  /** Updates made before this one: 0, 1, … */
  readonly step: number;
  /** The share of the whole run that is done, 0 to 1: of its steps, or of its time. */
  readonly progress: number;
};

/** The learning rate at each point of a run. */
export type Schedule = (at: ScheduleAt) => number;
