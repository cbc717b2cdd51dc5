# Sourced by findings about Apache ZooKeeper: a temporary folder `$work`, its end, and one server of a pinned release.
# Needs Java 17, Maven and python3; traffic stays on loopback.
work=$(mktemp -d)
server=
end_finding() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap end_finding EXIT
cd "$work"

# install_zookeeper VERSION [group:artifact:version …] puts the class path into the file `cp`
install_zookeeper() {
  local version=$1 coordinates
  shift
  {
    echo '<project><modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version><dependencies>'
    for coordinates in "org.apache.zookeeper:zookeeper:$version" org.xerial.snappy:snappy-java:1.1.10.5 \
      io.dropwizard.metrics:metrics-core:4.1.12.1 commons-cli:commons-cli:1.5.0 "$@"; do
      IFS=: read -r group artifact release <<<"$coordinates"
      echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$release</version></dependency>"
    done
    echo '</dependencies></project>'
  } >pom.xml
  mvn -q -B dependency:build-classpath -Dmdep.outputFile=cp >mvn.log 2>&1 || { cat mvn.log >&2; return 1; }
}

free_port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }

# start_server [java option or line of zoo.cfg …] sets `$port`
start_server() {
  local each options=()
  port=$(free_port)
  printf '%s\n' tickTime=2000 "dataDir=$work/data" "clientPort=$port" clientPortAddress=127.0.0.1 >zoo.cfg
  for each in "$@"; do
    case $each in -*) options+=("$each") ;; *) echo "$each" >>zoo.cfg ;; esac
  done
  grep -q admin zoo.cfg || echo admin.enableServer=false >>zoo.cfg
  java -Xmx256m "${options[@]}" -cp "$(cat cp)" org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg >server.log 2>&1 &
  server=$!
}

# run_java NAME [argument …] runs the class in NAME.java and prints its standard output
run_java() {
  local name=$1
  shift
  java -cp "$(cat cp)" "$name.java" "$@" 2>client.log || { cat client.log >&2; return 1; }
}

# conclude FOUND EXPECTED
conclude() {
  if [ "$1" = "$2" ]; then
    printf 'as stated:\n%s\n' "$1"
  else
    printf 'changed. Expected:\n%s\nFound:\n%s\n' "$2" "$1"
    exit 1
  fi
}
