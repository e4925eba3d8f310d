# The class path in the order of the names: the archive is used only by a JVM with the same one in front.
set -eu
LC_ALL=C; export LC_ALL
set -- /opt/kafka/libs/*.jar
classpath=$(IFS=:; echo "$*")
conf=/archive/server.properties
id=AAAAAAAAQACAAAAAAAAAAA

java -cp "$classpath" kafka.tools.StorageTool format --cluster-id=$id -c $conf --standalone >/tmp/format
java -Xmx256m -XX:+UseG1GC -XX:ArchiveClassesAtExit=/opt/kafka/kafka.jsa -Dlog4j2.configurationFile=/archive/log4j2.yaml \
  -cp "$classpath" kafka.Kafka $conf >/tmp/log 2>&1 &
pid=$!
tries=0
until grep -q 'Kafka Server started' /tmp/log; do
  tries=$((tries + 1))
  if [ $tries -gt 3000 ] || ! kill -0 $pid; then tail -50 /tmp/log; exit 1; fi
  sleep 0.2
done
kill $pid
wait $pid || true
test -s /opt/kafka/kafka.jsa
chmod a+r /opt/kafka/kafka.jsa
