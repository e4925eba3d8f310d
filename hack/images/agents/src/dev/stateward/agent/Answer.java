package dev.stateward.agent;

import java.util.function.Supplier;

/** What a page says. */
record Answer(int code, String type, String body) {
  static Answer text(int code, String body) {
    return new Answer(code, "text/plain; charset=utf-8", body + "\n");
  }

  static Answer json(Object value) {
    return new Answer(200, "application/json", Json.write(value) + "\n");
  }

  static Answer of(Supplier<Answer> page) {
    try {
      return page.get();
    } catch (Throwable failed) {
      return text(500, failed.toString());
    }
  }
}
