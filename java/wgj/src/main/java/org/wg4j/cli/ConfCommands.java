// SPDX-License-Identifier: Apache-2.0
package org.wg4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;
import org.wg4j.ConfigException;
import org.wg4j.ConfigFile;
import org.wg4j.ConfigListener;
import org.wg4j.Device;
import org.wg4j.DeviceConfig;
import org.wg4j.Endpoint;
import org.wg4j.HostPort;

/** {@code showconf}, {@code setconf}, {@code addconf} and {@code syncconf}. */
final class ConfCommands {

  private ConfCommands() {}

  static int showconf(Session session, String[] arguments) throws Failure {
    if (arguments.length != 1) {
      throw new Failure(Usage.line(session.program(), "showconf", "<interface>"));
    }
    try (Device device = session.client().device(arguments[0])) {
      ConfigFile.write(device, session::interfaceName, session.out());
      return 0;
    } catch (IOException e) {
      throw new Failure("Unable to access interface: " + Failure.words(e)).because(e, arguments[0]);
    }
  }

  static int apply(Session session, String command, String[] arguments) throws Failure {
    if (arguments.length != 2) {
      throw new Failure(Usage.line(session.program(), command, Usage.CONF));
    }
    RetryingResolver resolver = new RetryingResolver(session);
    try (ConfigFile file = read(session, arguments[1], resolver)) {
      DeviceConfig change =
          switch (command) {
            case "setconf" -> file.toReplacement(resolver);
            case "addconf" -> file.toAddition(resolver);
            default -> synchronization(session, arguments[0], file, resolver);
          };
      session.client().configure(arguments[0], change);
      return 0;
    } catch (ConfigException e) {
      throw new Failure(WgText.ofFile(e)).because(e, arguments[1]);
    } catch (IOException e) {
      throw new Failure("Unable to modify interface: " + Failure.words(e)).because(e, arguments[0]);
    }
  }

  private static DeviceConfig synchronization(
      Session session, String name, ConfigFile file, RetryingResolver resolver)
      throws Failure, IOException {
    if (file.peers().isEmpty()) {
      return file.toReplacement(resolver);
    }
    try (Device current = session.client().device(name)) {
      return file.toSynchronization(current, resolver);
    } catch (IOException e) {
      throw new Failure("Unable to retrieve current interface configuration: " + Failure.words(e))
          .because(e, name);
    }
  }

  private static ConfigFile read(Session session, String name, RetryingResolver resolver)
      throws Failure, ConfigException {
    byte[] text;
    try (InputStream in = session.host().open(name)) {
      text = ConfigSource.readAll(in);
    } catch (Host.Unreadable e) {
      throw new Failure("fopen: " + e.getMessage()).because(e, name);
    } catch (IOException e) {
      throw new Failure("fread: " + e.getMessage());
    }
    try {
      return ConfigFile.parse(text, ConfigFile.Dialect.WG, new Listener(session, resolver));
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  /** Warns and looks up as the lines come. */
  private record Listener(Session session, RetryingResolver resolver) implements ConfigListener {
    @Override
    public void hostBits(int line, String prefix) {
      session.complain(WgText.hostBits(prefix));
    }

    @Override
    public Optional<Endpoint> endpoint(int line, HostPort endpoint, String text)
        throws IOException {
      return Optional.of(resolver.resolve(endpoint, text));
    }
  }
}
