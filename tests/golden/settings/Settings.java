// Prints the settings of a Kafka broker (B) and topic (T): name, type, default. See README.md.

import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.server.config.AbstractKafkaConfig;
import org.apache.kafka.storage.internals.log.LogConfig;

public class Settings {
  static String text(ConfigDef.ConfigKey key) {
    if (!key.hasDefault() || key.defaultValue == null || key.defaultValue instanceof Class) return "";
    String value = String.valueOf(key.defaultValue);
    return key.type() == ConfigDef.Type.LIST
        ? value.substring(1, value.length() - 1).replace(", ", ",")
        : value;
  }

  static void print(String scope, ConfigDef settings) {
    for (ConfigDef.ConfigKey key : new TreeMap<>(settings.configKeys()).values()) {
      if (!key.internalConfig)
        System.out.println(String.join("\t", scope, key.name, key.type().toString(), text(key)));
    }
  }

  public static void main(String[] arguments) {
    print("B", AbstractKafkaConfig.CONFIG_DEF);
    print("T", LogConfig.configDefCopy());
  }
}
