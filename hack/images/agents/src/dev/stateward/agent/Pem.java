package dev.stateward.agent;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PEM files as key stores in memory. A key is PKCS#8, without a password. */
final class Pem {
  /** Of key stores in memory, which nobody else sees. */
  static final char[] NO_PASSWORD = new char[0];

  private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z ]+)-----([^-]+)-----END \\1-----");

  private Pem() {}

  /** The key and its certificate, both in this file. */
  static KeyStore own(Path file) throws IOException, GeneralSecurityException {
    String text = Files.readString(file);
    List<byte[]> keys = blocks(text, "PRIVATE KEY");
    if (keys.size() != 1) throw new InvalidKeySpecException(file + " has " + keys.size() + " private keys");
    KeyStore store = empty();
    store.setKeyEntry("own", key(keys.get(0)), NO_PASSWORD, certificates(text).toArray(Certificate[]::new));
    return store;
  }

  static KeyStore trusted(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    List<Certificate> found = certificates(file);
    for (int i = 0; i < found.size(); i++) store.setCertificateEntry("ca-" + i, found.get(i));
    return store;
  }

  static List<Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
    return certificates(Files.readString(file));
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }

  private static PrivateKey key(byte[] der) throws GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    try {
      return KeyFactory.getInstance("EC").generatePrivate(spec);
    } catch (InvalidKeySpecException other) {
      return KeyFactory.getInstance("RSA").generatePrivate(spec);
    }
  }

  private static List<Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> found = new ArrayList<>();
    for (byte[] der : blocks(text, "CERTIFICATE")) found.add(factory.generateCertificate(new ByteArrayInputStream(der)));
    return found;
  }

  private static List<byte[]> blocks(String text, String kind) {
    List<byte[]> found = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) if (matcher.group(1).equals(kind)) found.add(Base64.getMimeDecoder().decode(matcher.group(2)));
    return found;
  }
}
