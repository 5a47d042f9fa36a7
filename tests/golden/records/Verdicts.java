import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Timer;
import org.apache.kafka.server.common.RequestLocal;
import org.apache.kafka.server.storage.log.FetchIsolation;
import org.apache.kafka.server.util.KafkaScheduler;
import org.apache.kafka.storage.internals.log.AppendOrigin;
import org.apache.kafka.storage.internals.log.LogConfig;
import org.apache.kafka.storage.internals.log.LogDirFailureChannel;
import org.apache.kafka.storage.internals.log.ProducerStateManagerConfig;
import org.apache.kafka.storage.internals.log.RecordValidationException;
import org.apache.kafka.storage.internals.log.UnifiedLog;
import org.apache.kafka.storage.internals.log.VerificationGuard;
import org.apache.kafka.storage.log.metrics.BrokerTopicStats;

/**
 * What Kafka's broker code answers to produced bytes, good and bad: each case goes through the check of
 * the Produce request and then into a real log, as a broker does it. See README.md.
 */
public class Verdicts {
    static final long NOW = 1_700_000_000_000L;
    static final int EPOCH = 5;
    static final byte[] FIRST = array(MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(NOW, bytes("a"), bytes("b"))));

    // Positions in a batch.
    static final int BASE_OFFSET = 0, LENGTH = 8, LEADER_EPOCH = 12, MAGIC = 16, CRC = 17, ATTRIBUTES = 21,
        LAST_DELTA = 23, BASE_TIMESTAMP = 27, MAX_TIMESTAMP = 35, PRODUCER_ID = 43, PRODUCER_EPOCH = 51,
        BASE_SEQUENCE = 53, COUNT = 57, RECORDS = 61;

    short version = 13;
    boolean compacted, appendTime;
    long before = Long.MAX_VALUE, after = 3_600_000;
    int maxBytes = 1_048_588, segmentBytes = 1 << 30;

    public static void main(String[] args) throws Exception {
        for (String codec : new String[] {"none", "gzip", "snappy", "lz4", "zstd"}) {
            byte[] good = batch(codec);
            new Verdicts().judge(codec + " good", good);
            new Verdicts().appendTime().judge(codec + " append-time-topic", good);
            new Verdicts().compacted().judge(codec + " compacted-keyless", good);
            new Verdicts().judge(codec + " max-timestamp-left-out", sealed(putLong(good, MAX_TIMESTAMP, -1)));
            new Verdicts().judge(codec + " max-timestamp-too-low", sealed(putLong(good, MAX_TIMESTAMP, NOW + 1)));
            new Verdicts().judge(codec + " max-timestamp-too-high", sealed(putLong(good, MAX_TIMESTAMP, NOW + 1000)));
            new Verdicts().judge(codec + " damaged-records", sealed(damaged(good)));
            new Verdicts().judge(codec + " record-count-too-small", sealed(putInt(putInt(good, COUNT, 2), LAST_DELTA, 1)));
            new Verdicts().judge(codec + " record-count-too-large", sealed(putInt(putInt(good, COUNT, 4), LAST_DELTA, 3)));
            new Verdicts().version(3).judge(codec + " version-3", good);
        }
        new Verdicts().version(6).judge("zstd version-6", batch("zstd"));
        new Verdicts().version(7).judge("zstd version-7", batch("zstd"));
        byte[] good = batch("none");
        for (int codec = 5; codec <= 7; codec++) new Verdicts().judge("codec-" + codec, sealed(putShort(good, ATTRIBUTES, codec)));
        structure(good);
        producers(good);
        timestamps(good);
        records(good);
    }

    static void structure(byte[] good) throws Exception {
        new Verdicts().judge("empty", new byte[0]);
        new Verdicts().judge("two-batches", joined(good, good));
        for (int size : new int[] {1, 11, 12, 16, 17, 60, 61, good.length - 1}) {
            new Verdicts().judge("cut-at-" + size, Arrays.copyOf(good, size));
        }
        new Verdicts().judge("trailing-byte", joined(good, new byte[1]));
        new Verdicts().judge("length-negative", sealed(putInt(good, LENGTH, -1)));
        new Verdicts().judge("length-zero", sealed(putInt(good, LENGTH, 0)));
        new Verdicts().judge("length-below-header", sealed(putInt(good, LENGTH, 48)));
        new Verdicts().judge("length-beyond", putInt(good, LENGTH, good.length));
        for (byte magic : new byte[] {0, 1, 3, -1}) {
            byte[] changed = good.clone();
            changed[MAGIC] = magic;
            new Verdicts().judge("magic-" + magic, changed);
        }
        new Verdicts().judge("crc-wrong", putInt(good, CRC, 1));
        new Verdicts().judge("base-offset-7", putLong(good, BASE_OFFSET, 7));
        new Verdicts().judge("leader-epoch-9", putInt(good, LEADER_EPOCH, 9));
        new Verdicts().judge("unknown-attribute", sealed(putShort(good, ATTRIBUTES, 0x80)));
        new Verdicts().judge("count-zero", sealed(putInt(good, COUNT, 0)));
        new Verdicts().judge("count-negative", sealed(putInt(good, COUNT, -1)));
        new Verdicts().judge("count-against-delta", sealed(putInt(good, COUNT, 2)));
        new Verdicts().judge("delta-negative", sealed(putInt(good, LAST_DELTA, -1)));
        new Verdicts().judge("delta-against-count", sealed(putInt(good, LAST_DELTA, 5)));
        Verdicts small = new Verdicts();
        small.maxBytes = good.length - 1;
        small.judge("max-message-bytes-one-less", good);
        small.maxBytes = good.length;
        small.judge("max-message-bytes-exact", good);
        Verdicts large = new Verdicts();
        large.segmentBytes = 1_048_576;
        large.maxBytes = 2_000_000;
        large.judge("segment-bytes-one-less", sized(1_048_577));
        large.judge("segment-bytes-exact", sized(1_048_576));
    }

    static void producers(byte[] good) throws Exception {
        new Verdicts().judge("idempotent", producer(good, 7, 0, 0));
        new Verdicts().judge("producer-without-sequence", producer(good, 7, 0, -1));
        new Verdicts().judge("producer-without-epoch", producer(good, 7, -1, 0));
        new Verdicts().judge("sequence-without-producer", producer(good, -1, -1, 0));
        new Verdicts().judge("epoch-without-producer", producer(good, -1, 0, -1));
        new Verdicts().judge("producer-id-minus-two", producer(good, -2, -1, -1));
        new Verdicts().judge("transactional", array(
            MemoryRecords.withTransactionalRecords(Compression.NONE, 7L, (short) 0, 0, new SimpleRecord(NOW, bytes("k"), bytes("v")))));
        new Verdicts().judge("transactional-without-producer", sealed(putShort(good, ATTRIBUTES, 0x10)));
        new Verdicts().judge("control", array(MemoryRecords.withEndTransactionMarker(0L, NOW, -1, 7L, (short) 0,
            new EndTransactionMarker(ControlRecordType.COMMIT, 0))));
        new Verdicts().judge("control-bit", sealed(putShort(good, ATTRIBUTES, 0x20)));
    }

    static void timestamps(byte[] good) throws Exception {
        new Verdicts().judge("append-time-bit", sealed(putShort(good, ATTRIBUTES, 0x08)));
        new Verdicts().appendTime().judge("append-time-bit-on-append-time-topic", sealed(putShort(good, ATTRIBUTES, 0x08)));
        Verdicts bounds = new Verdicts();
        bounds.before = 1000;
        bounds.after = 2000;
        for (long distance : new long[] {-1001, -1000, 2000, 2001}) bounds.judge("timestamp" + distance, at(NOW + distance));
        new Verdicts().judge("timestamp-none", at(-1));
        bounds.judge("timestamp-none-bounded", at(-1));
        bounds.judge("second-record-too-old", array(MemoryRecords.withRecords(Compression.NONE,
            new SimpleRecord(NOW, bytes("k"), null), new SimpleRecord(NOW - 1001, bytes("k"), null))));
        new Verdicts().judge("timestamp-zero", at(0));
        new Verdicts().judge("base-timestamp-minus-two", sealed(putLong(putLong(at(0), BASE_TIMESTAMP, -2), MAX_TIMESTAMP, -2)));
        bounds.appendTime().judge("append-time-topic-has-no-bounds", at(NOW + 999_999_999));
    }

    /** Bodies made by hand: one record of the given bytes after its length. */
    static void records(byte[] good) throws Exception {
        record("record-least", 0, 0, 0, 1, 1, 0);
        record("record-empty");
        record("record-attributes", 0x7f, 0, 0, 1, 1, 0);
        record("record-offset-delta-1", 0, 0, 2, 1, 1, 0);
        record("record-offset-delta-minus-1", 0, 0, 1, 1, 1, 0);
        record("record-key-length-minus-2", 0, 0, 0, 3, 1, 0);
        record("record-key-beyond", 0, 0, 0, 20, 1, 0);
        record("record-value-beyond", 0, 0, 0, 1, 20, 0);
        record("record-without-headers", 0, 0, 0, 1, 1);
        record("record-header-count-negative", 0, 0, 0, 1, 1, 1);
        record("record-header-count-beyond", 0, 0, 0, 1, 1, 100);
        record("record-header-key-null", 0, 0, 0, 1, 1, 2, 1, 1);
        record("record-header", 0, 0, 0, 1, 1, 2, 2, 'h', 1);
        record("record-header-key-not-utf8", 0, 0, 0, 1, 1, 2, 2, 0xff, 1);
        record("record-trailing-byte", 0, 0, 0, 1, 1, 0, 0);
        record("record-long-zero", 0, 0x80, 0x00, 0, 1, 1, 0);
        record("record-key-length-of-five-bytes", 0, 0, 0, 0x81, 0x80, 0x80, 0x80, 0x00, 1, 0);
        record("record-key-length-of-six-bytes", 0, 0, 0, 0x81, 0x80, 0x80, 0x80, 0x80, 0x00, 1, 0);
        record("record-offset-delta-of-six-bytes", 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 1, 1, 0);
        record("record-timestamp-delta-of-ten-bytes", 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 1, 1, 0);
        record("record-timestamp-delta-of-eleven-bytes", 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0, 1, 1, 0);
        new Verdicts().judge("body-cut", sealed(withBody(new byte[] {14, 0, 0})));
        new Verdicts().judge("body-length-negative", sealed(withBody(new byte[] {1, 0, 0, 0, 1, 1, 0})));
        new Verdicts().judge("body-trailing-byte", sealed(withBody(new byte[] {12, 0, 0, 0, 1, 1, 0, 0})));
        new Verdicts().judge("body-two-of-one", sealed(withBody(new byte[] {12, 0, 0, 0, 1, 1, 0, 12, 0, 0, 2, 1, 1, 0})));
        new Verdicts().judge("body-empty", sealed(withBody(new byte[0])));
        byte[] twice = {12, 0, 0, 0, 1, 1, 0, 12, 0, 0, 0, 1, 1, 0};
        new Verdicts().judge("body-offset-twice", sealed(putInt(putInt(withBody(twice), COUNT, 2), LAST_DELTA, 1)));
    }

    static void record(String name, int... content) throws Exception {
        byte[] body = new byte[content.length + 1];
        body[0] = (byte) (content.length * 2);
        for (int i = 0; i < content.length; i++) body[i + 1] = (byte) content[i];
        new Verdicts().judge(name, sealed(withBody(body)));
    }

    Verdicts version(int produceVersion) {
        version = (short) produceVersion;
        return this;
    }

    Verdicts compacted() {
        compacted = true;
        return this;
    }

    Verdicts appendTime() {
        appendTime = true;
        return this;
    }

    void judge(String name, byte[] produced) throws Exception {
        System.out.println("case " + name.replace(' ', '-') + " version=" + version + " compacted=" + compacted
            + " append_time=" + appendTime + " before=" + before + " after=" + after + " max_bytes=" + maxBytes
            + " segment_bytes=" + segmentBytes);
        System.out.println("produced " + hex(produced));
        Path folder = Files.createTempDirectory("verdicts");
        try {
            System.out.println(append(folder, MemoryRecords.readableRecords(ByteBuffer.wrap(produced.clone()))));
        } finally {
            try (var paths = Files.walk(folder)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
            }
        }
    }

    String append(Path folder, MemoryRecords records) throws Exception {
        UnifiedLog log = open(folder);
        try {
            log.appendAsLeader(MemoryRecords.readableRecords(ByteBuffer.wrap(FIRST.clone())), EPOCH);
            ProduceRequest.validateRecords(version, records);
            log.appendAsLeader(records, EPOCH, AppendOrigin.CLIENT, RequestLocal.noCaching(), VerificationGuard.SENTINEL, (short) 0);
            return "stored " + hex(stored(log));
        } catch (RecordValidationException refused) {
            StringBuilder indexes = new StringBuilder();
            for (ProduceResponse.RecordError error : refused.recordErrors()) indexes.append(" ").append(error.batchIndex);
            return "refused " + Errors.forException(refused.invalidException()) + indexes;
        } catch (Exception refused) {
            return "refused " + Errors.forException(refused);
        } finally {
            log.close();
        }
    }

    UnifiedLog open(Path folder) throws Exception {
        File partition = new File(folder.toFile(), "t-0");
        if (!partition.mkdir()) throw new IllegalStateException(partition.toString());
        Properties config = new Properties();
        if (compacted) config.put("cleanup.policy", "compact");
        if (appendTime) config.put("message.timestamp.type", "LogAppendTime");
        config.put("message.timestamp.before.max.ms", Long.toString(before));
        config.put("message.timestamp.after.max.ms", Long.toString(after));
        config.put("max.message.bytes", Integer.toString(Math.max(maxBytes, FIRST.length)));
        config.put("segment.bytes", Integer.toString(segmentBytes));
        return UnifiedLog.create(partition, new LogConfig(config), 0L, 0L, new KafkaScheduler(1), new BrokerTopicStats(),
            new Fixed(), 60_000, new ProducerStateManagerConfig(86_400_000, false), 600_000,
            new LogDirFailureChannel(1), true, Optional.of(Uuid.ONE_UUID));
    }

    static byte[] stored(UnifiedLog log) throws Exception {
        var read = log.read(1L, 4 << 20, FetchIsolation.LOG_END, true).records;
        for (RecordBatch batch : read.batches()) {
            if (batch.baseOffset() < 1) continue;
            ByteBuffer raw = ByteBuffer.allocate(batch.sizeInBytes());
            batch.writeTo(raw);
            return raw.array();
        }
        return new byte[0];
    }

    static byte[] batch(String codec) {
        return array(MemoryRecords.withRecords(Compression.of(codec).build(),
            new SimpleRecord(NOW, bytes("k0"), bytes("v0 v0 v0 v0 v0 v0 v0 v0")), new SimpleRecord(NOW + 5, null, bytes("v1")),
            new SimpleRecord(NOW + 2, bytes("k2"), null)));
    }

    static byte[] at(long timestamp) {
        return array(MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(timestamp, bytes("k"), bytes("v"))));
    }

    /** A batch of exactly so many bytes, of which all but a few are zero. */
    static byte[] sized(int size) {
        byte[] value = new byte[size - 100];
        for (;;) {
            byte[] batch = array(MemoryRecords.withRecords(Compression.NONE, new SimpleRecord(NOW, null, value)));
            if (batch.length == size) return batch;
            value = new byte[value.length + size - batch.length];
        }
    }

    static byte[] withBody(byte[] body) {
        byte[] header = Arrays.copyOf(at(NOW), RECORDS);
        return putInt(joined(header, body), LENGTH, RECORDS - 12 + body.length);
    }

    static byte[] producer(byte[] batch, long id, int epoch, int sequence) {
        return sealed(putInt(putShort(putLong(batch, PRODUCER_ID, id), PRODUCER_EPOCH, epoch), BASE_SEQUENCE, sequence));
    }

    static byte[] damaged(byte[] batch) {
        byte[] changed = batch.clone();
        for (int i = RECORDS; i < RECORDS + 12; i++) changed[i] ^= 0x55;
        return changed;
    }

    static byte[] sealed(byte[] batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch, ATTRIBUTES, batch.length - ATTRIBUTES);
        return putInt(batch, CRC, (int) crc.getValue());
    }

    static byte[] putShort(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        ByteBuffer.wrap(changed).putShort(at, (short) value);
        return changed;
    }

    static byte[] putInt(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        ByteBuffer.wrap(changed).putInt(at, value);
        return changed;
    }

    static byte[] putLong(byte[] bytes, int at, long value) {
        byte[] changed = bytes.clone();
        ByteBuffer.wrap(changed).putLong(at, value);
        return changed;
    }

    static byte[] joined(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    static byte[] array(MemoryRecords records) {
        byte[] bytes = new byte[records.sizeInBytes()];
        records.buffer().duplicate().get(bytes);
        return bytes;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Long runs of zeros, which only the largest cases have, as (count). */
    static String hex(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < bytes.length;) {
            int end = i;
            while (end < bytes.length && bytes[end] == 0) end++;
            if (end - i > 1000) {
                text.append("(").append(end - i).append(")");
                i = end;
            } else {
                text.append(HexFormat.of().toHexDigits(bytes[i++]));
            }
        }
        return text.toString();
    }

    /** A clock that stands still. */
    static class Fixed implements Time {
        public long milliseconds() { return NOW; }
        public long hiResClockMs() { return NOW; }
        public long nanoseconds() { return NOW * 1_000_000; }
        public void sleep(long ms) { }
        public Timer timer(long ms) { return Time.SYSTEM.timer(ms); }
        public void waitObject(Object object, Supplier<Boolean> condition, long deadline) { }
        public <T> T waitForFuture(java.util.concurrent.CompletableFuture<T> future, long deadline) throws InterruptedException,
            java.util.concurrent.TimeoutException, java.util.concurrent.ExecutionException { return future.get(); }
    }
}
