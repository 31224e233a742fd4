/** @throws {RangeError} unless each of the numbers is from 0 to under 1. */
export function checkUnderOne(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value >= 0 && value < 1)) throw new RangeError(`${who}: ${name} must be from 0 to under 1, but is ${value}.`);
}

/** @throws {RangeError} unless each of the numbers is 0 or more. */
export function checkNotNegative(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) if (!(value >= 0)) throw new RangeError(`${who}: ${name} must be 0 or more, but is ${value}.`);
}

/** @throws {RangeError} unless each of the numbers is from 0 to 1. */
export function checkAtMostOne(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!(value >= 0 && value <= 1)) throw new RangeError(`${who}: ${name} must be from 0 to 1, but is ${value}.`);
}

/** @throws {RangeError} unless each of the numbers is over 0. */
export function checkPositive(who: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) if (!(value > 0)) throw new RangeError(`${who}: ${name} must be over 0, but is ${value}.`);
}
