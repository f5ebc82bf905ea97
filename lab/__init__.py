"""The three-site city on one Debian machine: networks, vCenters, service hosts and guests."""
