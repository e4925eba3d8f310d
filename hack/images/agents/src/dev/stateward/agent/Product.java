package dev.stateward.agent;

/** The process that the agent lives in. Asked by several threads at once. */
interface Product {
  Verdict ready();

  /** Called twice a second by one background thread. */
  default void tick() {}
}
