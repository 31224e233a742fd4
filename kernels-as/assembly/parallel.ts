/*
 * Threads: instances of this module over one shared memory, one of them the caller's. A piece of work is done in parts, which the
 * threads take one by one; which thread does a part never changes what it computes. Without threads the caller does them all.
 *
 * The caller opens a piece of work, takes parts like everyone, closes it when none is left, and waits for those that joined.
 * A thread that comes late finds it closed: nobody waits for one that sleeps.
 */

/** One part of a piece of work: part `index`, of the work described at `context`. */
export type Part = (context: usize, index: i32) => void;

/** What all threads share; i32 words. */
@unmanaged
class Pool {
  /** Threads, the caller's included. */
  threads: i32;
  /** 1 while there is work to join. */
  open: i32;
  /** Threads at work, without the caller. */
  joined: i32;
  /** Counts the pieces of work: what idle threads watch. */
  turn: i32;
  /** Threads that sleep. */
  sleeping: i32;
  /** The next part to take, and how many there are. */
  next: i32;
  count: i32;
  part: usize;
  context: usize;
  /** 1 once a thread has died at work, which nobody can end for it. */
  failed: i32;
}

/** Rounds that an idle thread watches for work before it sleeps: 50 to 200 microseconds, as waking one takes 50, and a token is drawn in 25. */
const WATCH: i32 = 100000;

let pool: usize = 0;
let index: i32 = 0;

// @ts-ignore: decorator
@inline
function word(name: usize): usize {
  return pool + name;
}

/** Threads that take part. */
export function threads(): i32 {
  return pool == 0 ? 1 : changetype<Pool>(pool).threads;
}

/** Which of them this is; the caller is 0. */
export function thisThread(): i32 {
  return index;
}

/** Does all parts of a piece of work, in any order. Parts must not depend on each other, nor call `parallel`, nor allocate. */
export function parallel(part: Part, context: usize, count: i32): void {
  if (ASC_FEATURE_THREADS) {
    if (pool != 0 && count > 1) {
      shareOut(part, context, count);
      return;
    }
  }
  for (let i = 0; i < count; i++) part(context, i);
}

function shareOut(part: Part, context: usize, count: i32): void {
  const shared = changetype<Pool>(pool);
  // A trap of the caller's own leaves its piece of work open, with others at it.
  close();
  shared.part = changetype<usize>(part);
  shared.context = context;
  shared.count = count;
  atomic.store<i32>(word(offsetof<Pool>("next")), 0);
  atomic.store<i32>(word(offsetof<Pool>("open")), 1);
  atomic.add<i32>(word(offsetof<Pool>("turn")), 1);
  if (atomic.load<i32>(word(offsetof<Pool>("sleeping"))) > 0) atomic.notify(word(offsetof<Pool>("turn")), count - 1);
  takeParts();
  close();
}

/** Lets no thread join any more, and waits for those that did. Aborts where one of them has died. */
function close(): void {
  atomic.store<i32>(word(offsetof<Pool>("open")), 0);
  while (atomic.load<i32>(word(offsetof<Pool>("joined"))) > 0) {
    if (atomic.load<i32>(word(offsetof<Pool>("failed"))) == 1) abort();
  }
}

/** Takes parts until there are none left. */
function takeParts(): void {
  const shared = changetype<Pool>(pool);
  const part = changetype<Part>(shared.part), context = shared.context, count = shared.count;
  for (;;) {
    const i = atomic.add<i32>(word(offsetof<Pool>("next")), 1);
    if (i >= count) return;
    part(context, i);
  }
}

/** Begins to share work among `count` threads; gives what the others' `work` wants. Called once, before any other thread is there. */
export function share(count: i32): usize {
  pool = heap.alloc(offsetof<Pool>());
  memory.fill(pool, 0, offsetof<Pool>());
  changetype<Pool>(pool).threads = count;
  return pool;
}

/** Makes this instance the thread `which`, and never returns. */
export function serve(shared: usize, which: i32): void {
  pool = shared;
  index = which;
  const turn = word(offsetof<Pool>("turn")), joined = word(offsetof<Pool>("joined")), sleeping = word(offsetof<Pool>("sleeping"));
  let seen = 0;
  for (;;) {
    for (let round = 0; round < WATCH && atomic.load<i32>(turn) == seen; round++) {}
    if (atomic.load<i32>(turn) == seen) {
      atomic.add<i32>(sleeping, 1);
      atomic.wait<i32>(turn, seen, -1);
      atomic.sub<i32>(sleeping, 1);
    }
    seen = atomic.load<i32>(turn);
    atomic.add<i32>(joined, 1);
    if (atomic.load<i32>(word(offsetof<Pool>("open"))) == 1) takeParts();
    atomic.sub<i32>(joined, 1);
  }
}

/** Says that this thread trapped in `work`, so that the caller does not wait for it. */
export function fail(): void {
  atomic.store<i32>(word(offsetof<Pool>("failed")), 1);
}
