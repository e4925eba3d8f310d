package dev.stateward.agent;

import java.util.Iterator;
import java.util.Map;

/** Writes maps, iterables, strings, numbers, booleans and null. */
final class Json {
  private Json() {}

  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    append(out, value);
    return out.toString();
  }

  private static void append(StringBuilder out, Object value) {
    if (value instanceof Map<?, ?> map) object(out, map);
    else if (value instanceof Iterable<?> items) array(out, items);
    else if (value instanceof Double number && (number.isNaN() || number.isInfinite())) out.append("null");
    else if (value == null || value instanceof Number || value instanceof Boolean) out.append(value);
    else string(out, value.toString());
  }

  private static void object(StringBuilder out, Map<?, ?> map) {
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      string(out, String.valueOf(entry.getKey()));
      append(out.append(':'), entry.getValue());
      if (entries.hasNext()) out.append(',');
    }
    out.append('}');
  }

  private static void array(StringBuilder out, Iterable<?> items) {
    out.append('[');
    Iterator<?> each = items.iterator();
    while (each.hasNext()) {
      append(out, each.next());
      if (each.hasNext()) out.append(',');
    }
    out.append(']');
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) character(out, text.charAt(i));
    out.append('"');
  }

  private static void character(StringBuilder out, char c) {
    switch (c) {
      case '"' -> out.append("\\\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c < 0x20 || Character.isSurrogate(c)) out.append(String.format("\\u%04x", (int) c));
        else out.append(c);
      }
    }
  }
}
