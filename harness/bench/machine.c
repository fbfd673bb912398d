#include "bench/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

int machine_cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n > 0 ? (int)n : 1;
}

/* The first line of `path` that begins with `key`, after the key and blanks and colons; NULL when
 * there is none. */
static json_t *line_of(const char *path, const char *key)
{
    FILE *file = fopen(path, "r");
    char line[256];
    json_t *found = NULL;

    while (file && !found && fgets(line, sizeof line, file)) {
        char *text = line + strlen(key);

        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        text += strspn(text, " \t:");
        text[strcspn(text, "\n")] = '\0';
        found = json_string(text);
    }
    if (file)
        fclose(file);
    return found ? found : json_null();
}

static json_t *load_average(void)
{
    double load;

    return getloadavg(&load, 1) == 1 ? json_real(load) : json_null();
}

json_t *machine_describe(void)
{
    struct utsname name;

    if (uname(&name) < 0)
        memset(&name, 0, sizeof name);
    return json_pack("{s:s++, s:s, s:o, s:i, s:o, s:o}", "kernel", name.sysname, " ", name.release,
                     "machine", name.machine, "cpu", line_of("/proc/cpuinfo", "model name"), "cpus",
                     machine_cpus(), "governor",
                     line_of("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", ""), "load",
                     load_average());
}
