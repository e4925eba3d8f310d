package dev.stateward.agent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;

/**
 * Pages for whoever proves by a certificate that he belongs to this service; they only read. One question is one short
 * connection. The HTTPS server of the JDK would look up the name of each client's address first, which takes seconds
 * where a name server does not answer (sun.net.httpserver.SSLStreams).
 */
final class Pages {
  /** Far more than ever come at a time: strangers who say nothing must not take them all. */
  private static final int WORKERS = 32;

  /** For a whole conversation: whoever is slower does not keep a worker. */
  private static final long PATIENCE_MS = 3_000;

  private static final long PAUSE_MS = 100;

  private final Tls tls;
  private final Informant informant;
  private final ScheduledExecutorService timer;

  private Pages(Tls tls, Informant informant, ScheduledExecutorService timer) {
    this.tls = tls;
    this.informant = informant;
    this.timer = timer;
  }

  static void start(InetSocketAddress listener, Tls tls, Informant informant, ThreadFactory threads) throws IOException {
    ServerSocket server = new ServerSocket();
    server.bind(listener);
    Pages pages = new Pages(tls, informant, Executors.newSingleThreadScheduledExecutor(threads));
    for (int worker = 0; worker < WORKERS; worker++) threads.newThread(() -> pages.work(server)).start();
  }

  /** Each worker takes the next client when it has time: the kernel's queue is the only one. */
  private void work(ServerSocket server) {
    while (true) {
      try (Socket client = server.accept()) {
        guarded(client);
      } catch (IOException exhausted) {
        // No descriptors are left, for instance.
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
      }
    }
  }

  private void guarded(Socket client) {
    try {
      serve(client);
    } catch (Throwable refused) {
      // It does not belong here, or is gone; the others are served.
    }
  }

  private void serve(Socket client) throws Exception {
    Future<?> end = timer.schedule(() -> close(client), PATIENCE_MS, TimeUnit.MILLISECONDS);
    try (SSLSocket socket = secured(client)) {
      socket.startHandshake();
      String request = requestOf(socket);
      Role role = Role.of(socket.getSession());
      send(socket, Answer.of(() -> answer(request, role, informant)));
    } finally {
      end.cancel(false);
    }
  }

  private SSLSocket secured(Socket client) throws Exception {
    SSLSocket socket = (SSLSocket) tls.context().getSocketFactory().createSocket(client, null, true);
    socket.setUseClientMode(false);
    socket.setNeedClientAuth(true);
    return socket;
  }

  private static void close(Socket client) {
    try {
      client.close();
    } catch (IOException gone) {
      // That is all that was wanted.
    }
  }

  /** The first line; the others say nothing that matters here. */
  private static String requestOf(SSLSocket socket) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    String first = lines.readLine();
    for (String line = first; line != null && !line.isEmpty(); ) line = lines.readLine();
    return first == null ? "" : first;
  }

  static Answer answer(String request, Role role, Informant informant) {
    String[] words = request.split(" ");
    if (words.length != 3) return Answer.text(400, "no request");
    if (!words[0].equals("GET")) return Answer.text(405, "GET only");
    String[] target = words[1].split("\\?", 2);
    return switch (target[0]) {
      case "/state" -> role == Role.OPERATOR ? Answer.json(informant.state()) : forbidden();
      case "/view" -> role == Role.NONE ? forbidden() : view(informant, target.length == 1 ? "" : target[1]);
      default -> Answer.text(404, "no such page");
    };
  }

  private static Answer forbidden() {
    return Answer.text(403, "not for the bearer of this certificate");
  }

  private static Answer view(Informant informant, String query) {
    if (!query.startsWith("address=")) return Answer.text(400, "address=<address> is missing");
    String address = URLDecoder.decode(query.substring("address=".length()), StandardCharsets.UTF_8);
    return informant.view(address).<Answer>map(Answer::json).orElseGet(() -> Answer.text(503, "not known yet"));
  }

  private static void send(SSLSocket socket, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    String head = "HTTP/1.1 %d -\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n";
    OutputStream out = socket.getOutputStream();
    out.write(head.formatted(answer.code(), answer.type(), body.length).getBytes(StandardCharsets.US_ASCII));
    out.write(body);
  }
}
