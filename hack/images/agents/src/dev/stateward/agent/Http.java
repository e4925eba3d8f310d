package dev.stateward.agent;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/** Four read-only pages. */
final class Http {
  private static final int THREADS = 2;

  private Http() {}

  record Answer(int code, String type, String body) {
    static Answer text(int code, String body) {
      return new Answer(code, "text/plain; charset=utf-8", body + "\n");
    }

    static Answer json(Object value) {
      return new Answer(200, "application/json", Json.write(value) + "\n");
    }
  }

  private interface Page {
    Answer answer(HttpExchange exchange);
  }

  static void start(Options options, Product product, ThreadFactory threads) throws IOException {
    // Two workers are all there are: a client that never finishes its request must not keep one. Seconds.
    System.setProperty("sun.net.httpserver.maxReqTime", "5");
    System.setProperty("sun.net.httpserver.maxRspTime", "5");
    HttpServer server = HttpServer.create(options.listener(), 0);
    server.setExecutor(Executors.newFixedThreadPool(THREADS, threads));
    page(server, "/live", exchange -> Answer.text(200, "live"));
    page(server, "/ready", exchange -> ready(product.ready()));
    page(server, "/state", exchange -> Answer.json(product.state()));
    page(server, "/view", exchange -> view(product, exchange.getRequestURI().getRawQuery()));
    server.start();
  }

  private static Answer ready(Verdict verdict) {
    return Answer.text(verdict.ready() ? 200 : 503, verdict.reason());
  }

  private static Answer view(Product product, String query) {
    if (query == null || !query.startsWith("address=")) return Answer.text(400, "address=<address> is missing");
    String address = URLDecoder.decode(query.substring("address=".length()), StandardCharsets.UTF_8);
    return product.view(address).<Answer>map(Answer::json).orElseGet(() -> Answer.text(503, "not known yet"));
  }

  private static void page(HttpServer server, String path, Page page) {
    server.createContext(path, exchange -> {
      try (exchange) {
        send(exchange, answer(exchange, path, page));
      }
    });
  }

  private static Answer answer(HttpExchange exchange, String path, Page page) {
    if (!exchange.getRequestURI().getPath().equals(path)) return Answer.text(404, "no such page");
    if (!exchange.getRequestMethod().equals("GET")) return Answer.text(405, "GET only");
    try {
      return page.answer(exchange);
    } catch (Throwable failed) {
      return Answer.text(500, failed.toString());
    }
  }

  private static void send(HttpExchange exchange, Answer answer) throws IOException {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.type());
    exchange.sendResponseHeaders(answer.code(), body.length);
    exchange.getResponseBody().write(body);
  }
}
