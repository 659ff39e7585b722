"""The settings an embedded PostgreSQL starts with, derived from the machine it finds."""

import os
from pathlib import Path

MIB = 1024 * 1024
_GROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def settings(
    *, durable: bool, sockets: Path, port: int, statements: bool, memory_bytes: int | None = None
) -> dict[str, str]:
    """Server settings by name. `statements` loads pg_stat_statements.

    The log never holds what a statement was about: no parameters, no statement texts, no details
    of a refused row, since these are a customer's.
    """
    memory = memory_bytes or memory_here()
    shared = min(max(memory // 8, 64 * MIB), 2048 * MIB) if durable else 32 * MIB
    chosen = {
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "listen_addresses": "",
        "port": str(port),
        "max_connections": "120",
        "shared_buffers": f"{shared // MIB}MB",
        "effective_cache_size": f"{memory // 2 // MIB}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64 * MIB), 512 * MIB) // MIB}MB",
        "wal_compression": "on",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "track_io_timing": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "password_encryption": "scram-sha-256",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
    }
    if statements and durable:
        chosen["shared_preload_libraries"] = "pg_stat_statements"
    if shared_memory_folder_bytes() < 256 * MIB:
        chosen["dynamic_shared_memory_type"] = "mmap"
    if not durable:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        chosen |= {"autovacuum": "off", "min_wal_size": "80MB", "wal_compression": "off"}
    return chosen


def memory_here() -> int:
    """Bytes of memory of this machine, or of our share of it where a group is limited."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = _GROUP_LIMIT.read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdigit() else whole


def shared_memory_folder_bytes() -> int:
    """Bytes that /dev/shm can hold; containers often have 64 MiB, too few for parallel queries."""
    try:
        found = os.statvfs("/dev/shm")  # noqa: S108
    except OSError:
        return 0
    return found.f_frsize * found.f_blocks
