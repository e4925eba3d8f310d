# The class path in the order of the names: the archive is used only by a JVM with the same one in front.
# Without jamm, which production loads: a JVM archives no classes while an agent is in it.
set -eu
LC_ALL=C; export LC_ALL
set -- /opt/cassandra/lib/*.jar
classpath=$(IFS=:; echo "$*")
mkdir -p /tmp/data

java @/archive/jvm.options -XX:ArchiveClassesAtExit=/opt/cassandra/cassandra.jsa \
  -cp "$classpath" org.apache.cassandra.service.CassandraDaemon >/tmp/log 2>&1 &
pid=$!
tries=0
until grep -q 'Starting listening for CQL clients' /tmp/log && grep -q "Created default superuser role" /tmp/log; do
  tries=$((tries + 1))
  if [ $tries -gt 3000 ] || ! kill -0 $pid; then tail -50 /tmp/log; exit 1; fi
  sleep 0.2
done
kill $pid
wait $pid || true
test -s /opt/cassandra/cassandra.jsa
chmod a+r /opt/cassandra/cassandra.jsa
