# shellcheck shell=sh disable=SC2154
# Runs on the server before anything is changed, as the user who logs in, without root and without Python.
# A host that is to have gateways has $ports for them; $room is how many megabytes have to be free; $user is the one that
# Ansible was told to log in as, or empty.
# Prints what the server is already (JSON, see the role gateway), or one sentence if it cannot be provisioned.
taken() {
    listening=$(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '$4 == "0A" {print $2}')
    for port in ${ports:-}; do
        echo "$listening" | grep -q ":$(printf %04X "$port")$" && return
    done
    return 1
}

name=$(id --user --name)
if [ "$name" != root ] && ! sudo -n true 2>/dev/null; then
    echo "$name may not use sudo without a password: put \"$name ALL=(ALL) NOPASSWD: ALL\" in /etc/sudoers.d/$name, or log in as root."
elif [ "$name" != "$user" ] && ! command -v sudo >/dev/null; then
    echo "You are root here, which Ansible does not know, and there is no sudo: say root@ before the address, or ansible_user: root in the inventory."
elif ! grep -qx 'VERSION_CODENAME=trixie' /etc/os-release; then
    echo "This is $(sed -n 's/^PRETTY_NAME=//p' /etc/os-release): install Debian 13 (trixie), the release of the images."
elif [ ! -d /run/systemd/system ]; then
    echo "systemd does not run here: the units need it."
elif [ ! -x /usr/bin/python3 ]; then
    echo "Ansible needs Python here: apt-get install python3 python3-apt."
elif [ "$(df --output=avail --block-size=M / /srv /var/cache | tr -dc '0-9\n' | grep . | sort -n | head -n 1)" -lt "$room" ]; then
    echo "Less than $room MB are free on /, /srv or /var: make room, in /var/cache/apt or /srv/app/releases for instance."
elif [ -r /etc/wsgi-gateways.json ]; then
    cat /etc/wsgi-gateways.json
elif taken; then
    echo "Port $port is taken by another program: sudo ss -ltnp \"sport = :$port\" says which; stop and disable it."
else
    echo '{}'
fi
