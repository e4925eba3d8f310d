package dev.stateward.agent;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.management.JMException;
import javax.management.JMRuntimeException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** The process's own management beans. A bean or attribute that is not there yet is an ordinary answer: empty. */
final class Beans {
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();

  Optional<Object> read(String bean, String attribute) {
    try {
      return Optional.ofNullable(server.getAttribute(new ObjectName(bean), attribute));
    } catch (JMException | RuntimeException absent) {
      return Optional.empty();
    }
  }

  <T> Optional<T> read(String bean, String attribute, Class<T> type) {
    return read(bean, attribute).filter(type::isInstance).map(type::cast);
  }

  Optional<Long> number(String bean, String attribute) {
    return read(bean, attribute, Number.class).filter(n -> !Double.isNaN(n.doubleValue())).map(Number::longValue);
  }

  Optional<String> text(String bean, String attribute) {
    return read(bean, attribute, String.class);
  }

  boolean flag(String bean, String attribute) {
    return read(bean, attribute, Boolean.class).orElse(false);
  }

  Set<ObjectName> names(String pattern) {
    try {
      return server.queryNames(new ObjectName(pattern), null);
    } catch (JMException impossible) {
      throw new IllegalArgumentException(pattern, impossible);
    }
  }

  Object invoke(String bean, String operation) throws JMException {
    return server.invoke(new ObjectName(bean), operation, new Object[0], new String[0]);
  }

  void invoke(String bean, String operation, boolean argument) throws JMException {
    server.invoke(new ObjectName(bean), operation, new Object[] {argument}, new String[] {"boolean"});
  }

  /** @param types those of the arguments, as the operation declares them */
  Object invoke(String bean, String operation, List<?> arguments, Class<?>... types) throws JMException {
    String[] signature = Arrays.stream(types).map(Class::getName).toArray(String[]::new);
    return server.invoke(new ObjectName(bean), operation, arguments.toArray(), signature);
  }

  /** What the operation itself said: the server of the beans wraps it. */
  static String messageOf(Throwable failed) {
    Throwable cause = failed instanceof JMException || failed instanceof JMRuntimeException ? failed.getCause() : null;
    if (cause != null) return messageOf(cause);
    return Optional.ofNullable(failed.getMessage()).orElse(failed.toString());
  }
}
