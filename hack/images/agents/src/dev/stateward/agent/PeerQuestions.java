package dev.stateward.agent;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.HttpsURLConnection;

/** Asks each live peer's agent how it sees this node and keeps the newest answers. */
final class PeerQuestions {
  private static final int TIMEOUT_MS = 500;
  private static final int MAX_BYTES = 4_096;

  private final int port;
  private final Tls tls;
  private final Map<String, PeerAnswer> answers = new ConcurrentHashMap<>();

  PeerQuestions(int port, Tls tls) {
    this.port = port;
    this.tls = tls;
  }

  Map<String, PeerAnswer> answers() {
    return answers;
  }

  void ask(Ring ring) {
    answers.keySet().retainAll(ring.members().keySet());
    ring.address().ifPresent(me -> ring.livePeers().forEach(peer -> ask(peer, me)));
  }

  private void ask(String peer, String me) {
    try {
      get(peer, me).ifPresent(body -> answers.put(peer, PeerAnswer.parse(body, System.currentTimeMillis())));
    } catch (IOException | GeneralSecurityException unanswered) {
      // The last answer stays until it is too old to count.
    }
  }

  private Optional<String> get(String peer, String me) throws IOException, GeneralSecurityException {
    String host = peer.contains(":") ? "[" + peer + "]" : peer;
    String query = "address=" + URLEncoder.encode(me, StandardCharsets.UTF_8);
    URI page = URI.create("https://" + host + ":" + port + "/view?" + query);
    HttpsURLConnection connection = (HttpsURLConnection) page.toURL().openConnection();
    connection.setSSLSocketFactory(tls.context().getSocketFactory());
    // Peers know each other by address, and certificates by name: any member of the service may answer.
    connection.setHostnameVerifier((name, session) -> Role.of(session) == Role.MEMBER);
    connection.setConnectTimeout(TIMEOUT_MS);
    connection.setReadTimeout(TIMEOUT_MS);
    if (connection.getResponseCode() != 200) return Optional.empty();
    try (InputStream body = connection.getInputStream()) {
      return Optional.of(new String(body.readNBytes(MAX_BYTES), StandardCharsets.UTF_8));
    }
  }
}
