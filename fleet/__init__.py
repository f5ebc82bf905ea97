"""Day-to-day change of what runs: machines, hosts, DHCP, SSL-VPN, firewalls, Wi-Fi."""
