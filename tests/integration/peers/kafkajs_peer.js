// kafkajs as a test peer:  node kafkajs_peer.js ADDRESS TOPIC CODEC < JSON list of records
// It finds the library through NODE_PATH.
const { Kafka, CompressionTypes, logLevel } = require('kafkajs')

const [address, topic, codec] = process.argv.slice(2)
const records = JSON.parse(require('fs').readFileSync(0, 'utf8'))

async function main() {
  const producer = new Kafka({ brokers: [address], logLevel: logLevel.ERROR, retry: { retries: 2 } }).producer()
  await producer.connect()
  await producer.send({
    topic,
    acks: -1,
    compression: codec === 'gzip' ? CompressionTypes.GZIP : CompressionTypes.None,
    messages: records.map(record => ({
      key: record.key, value: record.value, partition: 0, timestamp: String(record.timestamp), headers: record.headers,
    })),
  })
  await producer.disconnect()
}

main().catch(error => {
  console.error(error.message)
  process.exit(1)
})
