import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Field;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Writes what Kafka's own client library makes of messages with known content: the golden bytes that
 * our codec must read and write. See README.md in this folder for how to run it.
 *
 * Output per message, version and variant: a line with name, version and variant, a line with the
 * content as our describe() renders it, a line with the bytes in hexadecimal. Variant "full" sets
 * every field of the version to a value that is not its default and adds an unknown tagged field to
 * every flexible struct; variant "least" sets every nullable field to null and nothing else.
 */
public class Golden {
    static final int[] KEYS = {
        0, 1, 2, 3, 10, 18, 19, 20, 21, 22, 23, 32, 33, 35, 37, 44, 55, 57, 60, 64, 74, 75, 80, 81};
    static final int UNKNOWN_TAG = 1000;

    long counter = 0;

    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            emitErrors();
            return;
        }
        for (int key : KEYS) {
            ApiMessageType api = ApiMessageType.fromApiKey((short) key);
            short last = api.highestSupportedVersion(false);
            for (short v = api.lowestSupportedVersion(); v <= last; v++) {
                emit(api.newRequest().getClass(), api.requestSchemas()[v], v);
                emit(api.newResponse().getClass(), api.responseSchemas()[v], v);
            }
        }
        for (short v = 1; v <= 2; v++) emit(RequestHeaderData.class, RequestHeaderData.SCHEMAS[v], v);
        for (short v = 0; v <= 1; v++) emit(ResponseHeaderData.class, ResponseHeaderData.SCHEMAS[v], v);
    }

    /** One line per error code: number, name, whether clients may send the request again. */
    static void emitErrors() {
        for (Errors error : Errors.values()) {
            System.out.println(error.code() + " " + error.name() + " "
                + (error.exception() instanceof RetriableException));
        }
    }

    static void emit(Class<?> type, Schema schema, short version) throws Exception {
        for (boolean full : new boolean[] {true, false}) {
            Message message = (Message) type.getConstructor().newInstance();
            String text = new Golden().fill(message, schema, full, 0);
            ObjectSerializationCache cache = new ObjectSerializationCache();
            ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(buffer), cache, version);
            if (buffer.hasRemaining()) throw new IllegalStateException(type + " announced a wrong size");
            System.out.println(type.getSimpleName().replaceAll("Data$", "") + " " + version
                + (full ? " full" : " least"));
            System.out.println(text);
            System.out.println(HexFormat.of().formatHex(buffer.array()));
        }
    }

    /** Sets the fields that `schema` has, and returns the content as text. */
    String fill(Message message, Schema schema, boolean full, int depth) throws Exception {
        List<String> parts = new ArrayList<>();
        boolean flexible = false;
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                flexible = true;
                for (Field field : new TreeMap<>(tagged.fields()).values()) {
                    setField(message, field.name, field.type, full, depth, parts);
                }
            } else {
                setField(message, bound.def.name, bound.def.type, full, depth, parts);
            }
        }
        if (flexible && full) {
            byte[] bytes = {1, 2, (byte) depth};
            message.unknownTaggedFields().add(new RawTaggedField(UNKNOWN_TAG, bytes));
            parts.add("unknown_tags=[" + UNKNOWN_TAG + ":<3 bytes>]");
        }
        return "{" + String.join(", ", parts) + "}";
    }

    void setField(Message message, String name, Type type, boolean full, int depth, List<String> parts)
            throws Exception {
        Method setter = null;
        for (Method method : message.getClass().getMethods()) {
            if (method.getParameterCount() == 1 && !Modifier.isStatic(method.getModifiers())
                && method.getName().startsWith("set") && snake(method.getName().substring(3)).equals(name)) {
                setter = method;
            }
        }
        if (setter == null) throw new IllegalStateException(message.getClass() + " has no " + name);
        String camel = setter.getName().substring(3);
        Method getter = message.getClass().getMethod(
            Character.toLowerCase(camel.charAt(0)) + camel.substring(1));
        if (full) {
            parts.add(name + "=" + setValue(message, setter, getter, name, type, depth));
        } else if (type.isNullable() && getter.invoke(message) != null) {
            setter.invoke(message, (Object) null);
            parts.add(name + "=null");
        }
    }

    String setValue(Message message, Method setter, Method getter, String name, Type type, int depth)
            throws Exception {
        Class<?> parameter = setter.getParameterTypes()[0];
        if (Collection.class.isAssignableFrom(parameter)) {
            return setCollection(message, setter, name, type, depth);
        }
        Map.Entry<Object, String> made = parameter == boolean.class
            ? Map.entry(!(Boolean) getter.invoke(message), String.valueOf(!(Boolean) getter.invoke(message)))
            : value(parameter, name, type, depth);
        setter.invoke(message, made.getKey());
        boolean secret = message.getClass().getSimpleName().equals("AlterableConfig") && name.equals("value");
        return secret ? "(secret)" : made.getValue();
    }

    @SuppressWarnings("unchecked")
    String setCollection(Message message, Method setter, String name, Type type, int depth) throws Exception {
        Class<?> parameter = setter.getParameterTypes()[0];
        Class<?> element;
        Collection<Object> values;
        if (parameter == List.class) {
            element = (Class<?>) ((ParameterizedType) setter.getGenericParameterTypes()[0])
                .getActualTypeArguments()[0];
            values = new ArrayList<>();
        } else {
            element = (Class<?>) ((ParameterizedType) parameter.getGenericSuperclass())
                .getActualTypeArguments()[0];
            values = (Collection<Object>) parameter.getConstructor().newInstance();
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < (depth == 0 ? 2 : 1); i++) {
            Map.Entry<Object, String> made = value(element, name, type.arrayElementType().get(), depth + 1);
            values.add(made.getKey());
            texts.add(made.getValue());
        }
        setter.invoke(message, values);
        return "[" + String.join(", ", texts) + "]";
    }

    /** A value of the class that differs from every other one, and its text. */
    Map.Entry<Object, String> value(Class<?> type, String name, Type wire, int depth) throws Exception {
        long n = ++counter;
        if (type == short.class && name.endsWith("error_code")) {
            return Map.entry((short) n, Errors.forCode((short) n).name());
        }
        if (type == byte.class || type == Byte.class) return same((byte) (100 - n));
        if (type == short.class) return same((short) (258 * n));
        if (wire == Type.UINT16) return same((int) (258 * n));
        if (type == int.class || type == Integer.class) return same((int) (n * 16909060));
        if (type == long.class) return same(n * 72623859790382856L);
        if (type == String.class) return Map.entry("text " + n, "\"text " + n + "\"");
        if (type == Uuid.class) return same(new Uuid(n * 72623859790382856L, -n));
        if (Message.class.isAssignableFrom(type)) {
            Message message = (Message) type.getConstructor().newInstance();
            Schema schema = (Schema) (wire instanceof Schema s ? s : schemaOf(wire));
            return Map.entry(message, fill(message, schema, true, depth + 1));
        }
        if (type.isAssignableFrom(MemoryRecords.class)) {
            byte[] bytes = {(byte) n, 0, 127, -128, -1};
            return Map.entry(MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)), "<5 bytes>");
        }
        throw new IllegalStateException(name + " has the unexpected class " + type);
    }

    /** The schema inside a nullable struct. */
    static Object schemaOf(Type wire) throws Exception {
        java.lang.reflect.Field schema = wire.getClass().getDeclaredField("schema");
        schema.setAccessible(true);
        return schema.get(wire);
    }

    static Map.Entry<Object, String> same(Object value) {
        return Map.entry(value, value.toString());
    }

    static String snake(String camel) {
        return camel.replaceAll("(?<!^)(?=[A-Z])", "_").toLowerCase();
    }
}
