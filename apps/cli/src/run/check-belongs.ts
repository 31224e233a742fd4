import { UserError } from "../user-error.ts";

/**
 * An option that has a meaning for some choices of another only.
 * @throws {UserError} when it is given beside another choice.
 */
export function checkBelongs(option: string, value: unknown, to: string, owners: readonly string[], chosen: string | undefined): void {
  const given = value !== undefined && value !== false;
  if (given && !owners.includes(chosen ?? ""))
    throw new UserError(`--${option} belongs to --${to} ${owners.join(" or ")}${chosen === undefined ? "" : `, not to ${chosen}`}.`, 2);
}
