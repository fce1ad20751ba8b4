"""What ``docker-compose.yml`` needs beside the hall (部署): the proxy's configuration, a first certificate."""
