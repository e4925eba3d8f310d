package dev.stateward.agent;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** What a certificate entitles to: the organisation in its subject. */
enum Role {
  MEMBER,
  OPERATOR,
  NONE;

  /** As RFC 2253 writes it. */
  private static final Pattern SUBJECT = Pattern.compile("CN=[^,\\\\]+,O=stateward:([a-z]+)");

  static Role of(String subject) {
    Matcher matcher = SUBJECT.matcher(subject);
    if (!matcher.matches()) return NONE;
    return switch (matcher.group(1)) {
      case "member" -> MEMBER;
      case "operator" -> OPERATOR;
      default -> NONE;
    };
  }

  static Role of(SSLSession session) {
    try {
      return of(session.getPeerPrincipal().getName());
    } catch (SSLPeerUnverifiedException nobody) {
      return NONE;
    }
  }
}
