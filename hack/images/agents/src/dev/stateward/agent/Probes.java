package dev.stateward.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;

/** Two pages for the kubelet, which proves to nobody who it is: alive, and ready or why not. */
final class Probes {
  /** Made as they are needed. Strangers who say nothing must not take them all: the kubelet would stop a member for that. */
  private static final int THREADS = 64;

  private Probes() {}

  static void start(InetSocketAddress listener, Product product, ThreadFactory threads) throws IOException {
    // A client that never finishes its request must not keep one. Seconds.
    System.setProperty("sun.net.httpserver.maxReqTime", "1");
    System.setProperty("sun.net.httpserver.maxRspTime", "5");
    HttpServer server = HttpServer.create(listener, 0);
    server.setExecutor(Executors.newFixedThreadPool(THREADS, threads));
    page(server, "/live", () -> Answer.text(200, "live"));
    page(server, "/ready", () -> ready(product.ready()));
    server.start();
  }

  private static Answer ready(Verdict verdict) {
    return Answer.text(verdict.ready() ? 200 : 503, verdict.reason());
  }

  private static void page(HttpServer server, String path, Supplier<Answer> page) {
    server.createContext(path, exchange -> {
      try (exchange) {
        send(exchange, answer(exchange, path, page));
      }
    });
  }

  private static Answer answer(HttpExchange exchange, String path, Supplier<Answer> page) {
    if (!exchange.getRequestURI().getPath().equals(path)) return Answer.text(404, "no such page");
    if (!exchange.getRequestMethod().equals("GET")) return Answer.text(405, "GET only");
    return Answer.of(page);
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    exchange.sendResponseHeaders(answer.code(), body.length);
    exchange.getResponseBody().write(body);
  }
}
