import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { command } from "./command.mjs";

/** Copies what git knows of the repository, and what it would know after `git add`, into a repository of its own with one commit. */
export function copyTree(root, tree, env) {
  const listed = command(root, env, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0");
  for (const path of listed) if (path && existsSync(join(root, path))) cpSync(join(root, path), join(tree, path));
  command(tree, env, "git", "init", "--quiet", "--initial-branch=main");
  for (const [name, value] of Object.entries({ "user.name": "Rehearsal", "user.email": "rehearsal@localhost", "commit.gpgsign": "false" }))
    command(tree, env, "git", "config", name, value);
  commit(tree, env, "As it stands");
}

/** Commits everything. */
export function commit(tree, env, message) {
  command(tree, env, "git", "add", "--all");
  command(tree, env, "git", "commit", "--quiet", "--message", message);
}
