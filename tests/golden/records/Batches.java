import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;

/**
 * Record batches as Kafka's own client library makes them, with what it reads out of them: the golden
 * batches that our reader must understand. Given "read", it goes the other way: it reads lines
 * "name hexadecimal" of batches from standard input and prints them the same way. See README.md.
 */
public class Batches {
    static final long NOW = 1_700_000_000_000L;
    static final String[] CODECS = {"none", "gzip", "snappy", "lz4", "zstd"};

    public static void main(String[] args) throws Exception {
        if (args.length > 0) {
            for (String line : new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] words = line.split(" ");
                print(words[0], MemoryRecords.readableRecords(ByteBuffer.wrap(HexFormat.of().parseHex(words[1]))));
            }
            return;
        }
        for (String codec : CODECS) {
            Compression compression = Compression.of(codec).build();
            print(codec + "-mixed", MemoryRecords.withRecords(compression, mixed()));
            print(codec + "-idempotent",
                MemoryRecords.withIdempotentRecords(100L, compression, 4242L, (short) 7, 31, 3, mixed()));
            print(codec + "-transactional",
                MemoryRecords.withTransactionalRecords(1L << 40, compression, 9L, (short) 0, Integer.MAX_VALUE - 1, 12, mixed()));
            print(codec + "-append-time", appendTime(compression));
            if (!codec.equals("none")) print(codec + "-large", MemoryRecords.withRecords(compression, large()));
        }
        print("one-empty-record", MemoryRecords.withRecords(Compression.NONE,
            new SimpleRecord(0L, (byte[]) null, null)));
        print("no-timestamp", MemoryRecords.withRecords(Compression.NONE,
            new SimpleRecord(RecordBatch.NO_TIMESTAMP, bytes("k"), bytes("v"))));
        print("commit-marker", MemoryRecords.withEndTransactionMarker(55L, NOW, 4, 4242L, (short) 7,
            new EndTransactionMarker(ControlRecordType.COMMIT, 3)));
        print("abort-marker", MemoryRecords.withEndTransactionMarker(56L, NOW, 4, 4242L, (short) 7,
            new EndTransactionMarker(ControlRecordType.ABORT, 3)));
        print("compacted-gaps", gaps());
    }

    static SimpleRecord[] mixed() {
        return new SimpleRecord[] {
            new SimpleRecord(NOW, bytes("k0"), bytes("v0"), new Header[] {
                new RecordHeader("trace", bytes("abc")), new RecordHeader("null", (byte[]) null),
                new RecordHeader("", new byte[0]), new RecordHeader("ключ", bytes("знач"))}),
            new SimpleRecord(NOW + 5, null, bytes("v1")),
            new SimpleRecord(NOW - 70_000, new byte[0], null),
            new SimpleRecord(NOW + 2, bytes("x".repeat(63)), new byte[0]),
            new SimpleRecord(NOW + 3, bytes("x".repeat(64)), bytes("0123456789".repeat(20))),
        };
    }

    /** More than one block of every codec's framing: 32 KiB of snappy, 64 KiB of lz4. */
    static SimpleRecord[] large() {
        SimpleRecord[] records = new SimpleRecord[40];
        for (int i = 0; i < records.length; i++) {
            records[i] = new SimpleRecord(NOW + i, bytes("key" + i), bytes(("line " + i + ". ").repeat(800)));
        }
        return records;
    }

    static MemoryRecords appendTime(Compression compression) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(4096), RecordBatch.MAGIC_VALUE_V2,
            compression, TimestampType.LOG_APPEND_TIME, 10L, NOW + 99);
        for (SimpleRecord record : mixed()) builder.append(record);
        return builder.build();
    }

    /** What compaction leaves: offsets with gaps, and a last offset without a record. */
    static MemoryRecords gaps() {
        MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(4096), Compression.NONE,
            TimestampType.CREATE_TIME, 1000L);
        builder.appendWithOffset(1002L, NOW, bytes("a"), bytes("1"));
        builder.appendWithOffset(1005L, NOW + 1, bytes("b"), bytes("2"));
        builder.overrideLastOffset(1009L);
        return builder.build();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static void print(String name, MemoryRecords records) {
        for (MutableRecordBatch batch : records.batches()) {
            batch.ensureValid();
            ByteBuffer raw = ByteBuffer.allocate(batch.sizeInBytes());
            batch.writeTo(raw);
            raw.flip();
            System.out.println("batch " + name);
            System.out.println(header((DefaultRecordBatch) batch, raw));
            for (Record record : batch) System.out.println(describe(record));
            System.out.println("bytes " + HexFormat.of().formatHex(raw.array()));
        }
    }

    static String header(DefaultRecordBatch batch, ByteBuffer raw) {
        return "header base_offset=" + batch.baseOffset() + " last_offset=" + batch.lastOffset()
            + " next_offset=" + batch.nextOffset() + " bytes=" + batch.sizeInBytes()
            + " leader_epoch=" + batch.partitionLeaderEpoch() + " crc=" + batch.checksum()
            + " codec=" + batch.compressionType().id
            + " append_time=" + (batch.timestampType() == TimestampType.LOG_APPEND_TIME)
            + " transactional=" + batch.isTransactional() + " control=" + batch.isControlBatch()
            + " base_timestamp=" + batch.baseTimestamp() + " max_timestamp=" + batch.maxTimestamp()
            + " producer_id=" + batch.producerId() + " producer_epoch=" + batch.producerEpoch()
            + " base_sequence=" + batch.baseSequence() + " records=" + batch.countOrNull();
    }

    static String describe(Record record) {
        StringBuilder line = new StringBuilder("record " + record.offset() + " " + record.timestamp() + " "
            + describe(record.hasKey() ? record.key() : null) + " " + describe(record.hasValue() ? record.value() : null));
        for (Header header : record.headers()) {
            byte[] value = header.value();
            line.append(" ").append(describe(ByteBuffer.wrap(bytes(header.key())))).append("=")
                .append(describe(value == null ? null : ByteBuffer.wrap(value)));
        }
        return line.toString();
    }

    /** null, hexadecimal in brackets, or for long ones the length and the CRC-32C. */
    static String describe(ByteBuffer content) {
        if (content == null) return "null";
        byte[] copy = new byte[content.remaining()];
        content.duplicate().get(copy);
        if (copy.length <= 64) return "[" + HexFormat.of().formatHex(copy) + "]";
        CRC32C crc = new CRC32C();
        crc.update(copy);
        return "<" + copy.length + " bytes, crc " + crc.getValue() + ">";
    }
}
